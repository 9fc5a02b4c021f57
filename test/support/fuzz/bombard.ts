import type { Test } from 'tap'
import { diceOf } from '../../../demo/steady.ts'
import { createServer } from '../../../foundation/http/server.ts'
import { bridge } from '../../../xapi-bridge/app.ts'
import { addSource } from '../../../xapi-bridge/sources/add.ts'
import { freshGround } from '../ground.ts'
import { gunAt } from './fire.ts'
import { drawShot, type Sender, type Shot } from './requests.ts'

/**
 * Fires requests at the bridge over real connections, half of them valid but for one place. None may be answered with
 * 5xx or hang, and what was stored must be what was acknowledged, whole.
 */
export async function bombard(t: Test, { count, seed }: { count: number; seed: string }): Promise<void> {
  t.comment(`seed ${seed}`)
  const ground = await freshGround(t, { LOG_LEVEL: 'silent' })
  const app = await createServer(ground)
  await app.register(bridge, ground)
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  const port = (app.server.address() as { port: number }).port
  const rejections: unknown[] = []
  const note = (reason: unknown) => rejections.push(reason)
  process.on('unhandledRejection', note)
  t.teardown(() => process.off('unhandledRejection', note))

  const {
    key,
    secret,
    source_id: sourceId,
  } = await addSource(ground, {
    name: 'fuzz',
    preset: 'adl',
    actorHomePages: ['*'],
  })
  const authorization = `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`
  const sender: Sender = { authorization, key, secret, sourceId }
  const stored = new Set<string>()
  const statuses = new Map<number | 'cut', number>()
  const bad: { shot: Shot; status: number | 'cut'; body?: string }[] = []
  const cut: string[][] = []
  let near = 0
  let left = count

  const shoot = async (lane: number) => {
    const gun = gunAt(port)
    const dice = diceOf(`${seed} ${lane}`)
    while (left-- > 0) {
      const shot = drawShot(sender, dice)
      if (shot.isNear) near++
      if (dice.chance(0.01)) {
        await gun.fireHalf(shot)
        cut.push(shot.ids)
        continue
      }
      const answer = await gun.fire(shot)
      const status = answer === 'cut' ? 'cut' : answer.status
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (answer === 'cut' || answer.status >= 500) {
        bad.push({ shot, status, ...(answer !== 'cut' && { body: answer.body }) })
        continue
      }
      for (const id of storedBy(shot, answer)) stored.add(id)
    }
    gun.close()
  }
  await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(shoot))

  t.comment(JSON.stringify(Object.fromEntries([...statuses].sort())))
  t.strictSame(
    bad.slice(0, 5).map(({ shot, status, body }) => ({
      ...shot,
      body: shot.body.toString().slice(0, 2000),
      status,
      answer: body,
    })),
    [],
    'nothing is answered 5xx or left without an answer',
  )
  t.strictSame(rejections, [], 'no rejection goes unhandled')
  t.ok(near >= count / 2, 'half of them are valid but for one place')
  t.ok(stored.size > count / 100, 'some of them are valid')
  t.ok([...statuses.keys()].includes(400), 'many are not')

  const rows: { statement_id: Buffer }[] = await ground.db('statement').select('statement_id')
  const there = new Set(rows.map(({ statement_id }) => statement_id.toString('hex')))
  const acknowledged = new Set([...stored].map((id) => id.replaceAll('-', '').toLowerCase()))
  t.strictSame(
    [...acknowledged].filter((id) => !there.has(id)).slice(0, 5),
    [],
    'what was acknowledged is there',
  )
  t.strictSame([...there].filter((id) => !acknowledged.has(id)).slice(0, 5), [], 'and nothing else is')
  t.strictSame(
    cut.flat().filter((id) => there.has(id.replaceAll('-', ''))),
    [],
    'half a request stores nothing',
  )
  const [{ found }] = (await ground.db('statement_ref').countDistinct({ found: 'seq' })) as [
    { found: unknown },
  ]
  t.equal(Number(found), rows.length, 'each statement can be found by what is in it')
}

function storedBy(shot: Shot, answer: { status: number; body: string }): string[] {
  if (!shot.path.startsWith('/xapi/statements')) return []
  if (answer.status === 200 && shot.method === 'POST') return idsIn(answer.body)
  if (answer.status !== 204) return []
  return shot.ids
}

function idsIn(body: string): string[] {
  try {
    const ids = JSON.parse(body) as unknown
    return Array.isArray(ids) ? ids.map(String) : []
  } catch {
    return []
  }
}
