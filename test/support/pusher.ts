import { setTimeout as sleep } from 'node:timers/promises'
import { derivedId } from '../../foundation/ids.ts'
import type { SmallDistrict } from './small-district.ts'

const namespace = '6a1f4f0c-52a5-4f0e-9d52-0a9f6b2f7d11'

/** One completion as an outside platform would tell it. */
export function completionOf(district: SmallDistrict, teacher: string, offering: string) {
  return {
    id: derivedId(namespace, `${teacher}|${offering}`),
    actor: { account: { homePage: district.homePage, name: district.nameOf(teacher) } },
    verb: { id: 'http://adlnet.gov/expapi/verbs/completed' },
    object: { id: district.activityOf(offering) },
    result: { completion: true, success: true },
    timestamp: '2026-03-02T10:15:30+08:00',
  }
}

/** What a pusher was told. */
export interface Pushed {
  acknowledged: Set<string>
  attempts: number
}

/**
 * Pushes batches over several connections until each was acknowledged, sending the same bytes again after every loss,
 * as xAPI allows. Some batches are sent again although they were acknowledged. Gives up after `seconds`.
 */
export async function pushAll(
  district: SmallDistrict,
  batches: unknown[][],
  options: { connections: number; seconds: number; again?: (index: number) => boolean },
): Promise<Pushed> {
  const pushed: Pushed = { acknowledged: new Set(), attempts: 0 }
  const until = Date.now() + options.seconds * 1000
  let next = 0
  const run = async () => {
    for (;;) {
      const index = next++
      const batch = batches[index]
      if (!batch) return
      await pushOne(district, batch, pushed, until)
      if (options.again?.(index)) await pushOne(district, batch, pushed, until)
    }
  }
  await Promise.all(Array.from({ length: options.connections }, run))
  return pushed
}

async function pushOne(
  district: SmallDistrict,
  batch: unknown[],
  pushed: Pushed,
  until: number,
): Promise<void> {
  const body = JSON.stringify(batch)
  const authorization = `Basic ${Buffer.from(`${district.key}:${district.secret}`).toString('base64')}`
  for (;;) {
    if (Date.now() > until) throw new Error('the endpoint took too long to come back')
    pushed.attempts += 1
    const answer = await fetch(`${district.endpoint}/statements`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', 'x-experience-api-version': '1.0.3' },
      body,
      signal: AbortSignal.timeout(20_000),
    }).catch(() => null)
    if (answer?.status === 200) {
      const ids = (await answer.json().catch(() => null)) as string[] | null
      if (!ids) continue
      for (const id of ids) pushed.acknowledged.add(id)
      return
    }
    if (answer && answer.status < 500 && answer.status !== 429) {
      throw new Error(`refused: ${answer.status} ${await answer.text()}`)
    }
    await answer?.text().catch(() => '')
    await sleep(100)
  }
}
