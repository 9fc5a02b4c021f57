import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { idBytes, idText } from '../../foundation/database/codec.ts'
import { bumpMark } from '../../foundation/database/marks.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import { createServer } from '../../foundation/http/server.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { type Instant, instantOf } from '../../foundation/time.ts'
import { activityHash, type OfferingInfo } from '../../ledger/catalogue/offering.ts'
import { actKinds, type ClaimContent, factKinds } from '../../ledger/claims/claim.ts'
import { link } from '../../ledger/roster/identity.ts'
import { bridge } from '../../xapi-bridge/app.ts'
import { convertWaiting } from '../../xapi-bridge/conversion/convert.ts'
import { releaseMended } from '../../xapi-bridge/conversion/release.ts'
import { addSource, type SourceWish } from '../../xapi-bridge/sources/add.ts'
import { freshGround } from '../support/ground.ts'

/** An offering as these tests describe it; the rest has its defaults. */
export type OfferingWish = Partial<Omit<OfferingInfo, 'offeringId'>> & {
  code: string
  /** What sources call it: pairs of a source's name and an activity id. */
  activities?: [string, string][]
}

/** One fact handed to the ledger, in the order of handing in. */
export type Filed =
  | { kind: 'claim'; claimId: Id; teacherId: Id; content: ClaimContent }
  | { kind: 'act'; claimId: Id; act: string; note: string | null }

/** A bridge over a database of its own, with the worker called by hand. */
export interface Scene {
  ground: Ground
  /** Registers a source and returns how to push to it. */
  source(wish: Partial<SourceWish> & { preset: string }): Promise<Pusher>
  /** Writes or changes an offering, as an import of the catalogue would. */
  offering(wish: OfferingWish): Promise<OfferingInfo>
  /** A teacher of the roster, linked to these accounts. */
  teacher(...accounts: [homePage: string, name: string][]): Promise<Id>
  link(teacherId: Id, homePage: string, name: string): Promise<void>
  /** Lets the worker do all there is to do; returns how many statements it took. */
  work(): Promise<number>
  /** Everything handed to the ledger so far, the ids of claims and what is standing. */
  filed(): Promise<Filed[]>
  /** Claims that no void takes back. */
  standing(): Promise<{ claimId: Id; teacherId: Id; content: ClaimContent }[]>
}

/** How one source pushes. */
export interface Pusher {
  id: Id
  name: string
  /** Sends statements in one request; returns their ids. */
  push(...statements: object[]): Promise<string[]>
}

/** A scene on the engine under test. The clock stands at 2026-03-10 unless told otherwise. */
export async function conversionScene(t: Test, at = '2026-03-10T08:00:00Z'): Promise<Scene> {
  let clock = instantOf(at)
  const ground: Ground = {
    ...(await freshGround(t)),
    now: () => {
      clock = (clock + 1000) as Instant
      return clock
    },
  }
  const { db } = ground
  const app = createServer(ground)
  await app.register(bridge, ground)
  t.teardown(() => app.close())

  const scene: Scene = {
    ground,
    async source(wish) {
      const name = wish.name ?? `source ${randomUUID()}`
      const { source_id, key, secret } = await addSource(ground, { actorHomePages: ['*'], ...wish, name })
      const authorization = `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`
      return {
        id: source_id,
        name,
        async push(...statements) {
          const answer = await app.inject({
            method: 'POST',
            url: '/xapi/statements',
            headers: {
              authorization,
              'content-type': 'application/json',
              'x-experience-api-version': '1.0.3',
            },
            payload: JSON.stringify(statements),
          })
          if (answer.statusCode !== 200) throw new Error(`refused: ${answer.body}`)
          return answer.json()
        },
      }
    },
    offering: (wish) => keepOffering(ground, wish),
    async teacher(...accounts) {
      const teacherId = newId()
      await transact(db, async (trx) => {
        await trx('teacher').insert({
          teacher_id: idBytes(teacherId),
          teacher_no: `T${teacherId.slice(-8)}`,
          name: '测试',
          name_key: '测试',
          status: '在岗',
          recorded_at: ground.now(),
        })
        await bumpMark(trx, 'roster')
      })
      for (const [homePage, name] of accounts) await scene.link(teacherId, homePage, name)
      return teacherId
    },
    async link(teacherId, homePage, name) {
      await transact(db, (trx) =>
        link(trx, {
          identifier: { kind: 'account', homePage, name },
          teacherId,
          madeBy: 'test',
          reason: 'test',
          now: ground.now(),
        }),
      )
    },
    async work() {
      let taken = 0
      for (;;) {
        const looked = await releaseMended(ground)
        const converted = await convertWaiting(ground)
        taken += converted
        if (looked + converted === 0) return taken
      }
    },
    async filed() {
      const rows = await db('inbox').orderBy('received_at').orderBy('inbox_id')
      return rows.map((row) => filedOf(row))
    },
    async standing() {
      const filed = await scene.filed()
      const voided = new Set(filed.flatMap((one) => (one.kind === 'act' ? [one.claimId] : [])))
      return filed.flatMap((one) => (one.kind === 'claim' && !voided.has(one.claimId) ? [one] : []))
    },
  }
  return scene
}

function filedOf(row: Record<string, Buffer | number>): Filed {
  const content = JSON.parse((row.content as Buffer).toString('utf8'))
  const claimId = idText(row.claim_id as Buffer)
  if (row.kind === factKinds.code('claim')) {
    return { kind: 'claim', claimId, teacherId: idText(row.account_id as Buffer), content }
  }
  const act = typeof content.kind === 'number' ? actKinds.word(content.kind) : content.kind
  return { kind: 'act', claimId, act, note: content.note ?? null }
}

/** Writes an offering as an import of the catalogue would. */
export async function keepOffering(ground: Ground, wish: OfferingWish): Promise<OfferingInfo> {
  const { db } = ground
  const { activities = [], ...changes } = wish
  const held = await db('offering').where({ code: wish.code }).first()
  const offeringId = held ? idText(held.offering_id) : newId()
  const info: OfferingInfo = {
    offeringId,
    title: wish.code,
    projectNo: 'XM-1',
    projectTitle: '测试项目',
    organisers: ['测试'],
    approvedOn: '2026-01-01',
    level: 'district',
    category: '师德与素养',
    form: '网络研修',
    topic: null,
    audience: null,
    approvedMilliHours: 6000,
    awardBasis: 'fixed_on_pass',
    approvalMode: 'auto',
    passMark: null,
    attendanceThreshold: null,
    contains: [],
    packageCode: null,
    classes: [],
    ...changes,
  }
  await transact(db, async (trx) => {
    const recordedAt = ground.now()
    const version = held ? Number(held.version_no) + 1 : 1
    const row = {
      code: info.code,
      project_id: idBytes(newId()),
      title: info.title,
      package_code: null,
      is_path: 0,
      version_no: version,
      recorded_at: recordedAt,
    }
    if (held)
      await trx('offering')
        .where({ offering_id: idBytes(offeringId) })
        .update(row)
    else await trx('offering').insert({ offering_id: idBytes(offeringId), ...row })
    await trx('offering_version').insert({
      offering_id: idBytes(offeringId),
      version_no: version,
      content: Buffer.from(JSON.stringify(info)),
      content_hash: activityHash(JSON.stringify(info)),
      actor: 'test',
      recorded_at: recordedAt,
    })
    for (const [sourceName, activityId] of activities) {
      const key = { source_name: sourceName, activity_hash: activityHash(activityId) }
      await trx('offering_activity').where(key).delete()
      await trx('offering_activity').insert({
        ...key,
        activity_id: activityId,
        offering_id: idBytes(offeringId),
        recorded_at: recordedAt,
      })
    }
    await bumpMark(trx, 'catalogue')
  })
  return info
}

/** A training class with as many sessions, a week apart from its first day on, of 90 minutes each. */
export function trainingClass(
  code: string,
  from: string,
  to: string,
  sessions = 0,
): OfferingInfo['classes'][number] {
  return {
    trainingClassId: newId(),
    code,
    from,
    to,
    sessions: Array.from({ length: sessions }, (_, index) => ({
      sessionId: newId(),
      no: index + 1,
      startsAt: (instantOf(`${from}T06:00:00Z`) + index * 7 * 86_400_000_000) as Instant,
      minutes: 90,
      place: null,
      content: null,
      presenter: null,
    })),
  }
}
