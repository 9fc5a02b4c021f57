import { randomUUID } from 'node:crypto'
import t from 'tap'
import { newId } from '../../foundation/ids.ts'
import { conversionStatesOf } from '../../xapi-bridge/conversion/states.ts'
import { decideVoid, dismissItems, releaseItems } from '../../xapi-bridge/queue/decide.ts'
import { queueList } from '../../xapi-bridge/queue/queue.ts'
import { convertedThrough } from '../../xapi-bridge/reading/cursor.ts'
import { conversionScene, type Pusher } from './conversion-scene.ts'
import { adlStatement, moodleCourseCompleted, moodleCourseId, moodleSite, voidOf } from './lookalikes.ts'

const lms = 'https://lms.example'
const scene = await conversionScene(t)
const decision = { actor: 'login:test', makerId: newId(), reason: 'asked the source' }

async function setting(onVoid: 'auto' | 'review', changes: { passMark?: string } = {}) {
  const user = randomUUID()
  const source = await scene.source({ preset: 'adl', onVoid })
  await scene.offering({ code: randomUUID(), activities: [[source.name, `${lms}/course/A`]], ...changes })
  const teacherId = await scene.teacher([lms, user])
  return {
    user,
    source,
    claims: async () => (await scene.standing()).filter((one) => one.teacherId === teacherId),
    filed: async () => {
      const all = await scene.filed()
      const mine = new Set(
        all.flatMap((one) => (one.kind === 'claim' && one.teacherId === teacherId ? [one.claimId] : [])),
      )
      return all.filter(({ claimId }) => mine.has(claimId))
    },
    waiting: () => waitingOf(source),
  }
}

async function waitingOf(source: Pusher) {
  return (await queueList(scene.ground.db)).items.filter((one) => one.source === source.name)
}

t.test('a void before anything was converted leaves no claim', async (t) => {
  const { user, source, filed, waiting } = await setting('review')
  const id = randomUUID()
  await source.push(adlStatement('completed', { user, id }), voidOf(id))
  await scene.work()

  t.strictSame([await filed(), await waiting()], [[], []])
})

t.test('a void that came before its target withdraws it', async (t) => {
  const { user, source, filed } = await setting('review')
  const id = randomUUID()
  await source.push(voidOf(id))
  await scene.work()
  await source.push(adlStatement('completed', { user, id }))
  await scene.work()

  t.strictSame(await filed(), [])
})

t.test('a void of a waiting completion ends its waiting', async (t) => {
  const source = await scene.source({ preset: 'adl' })
  const id = randomUUID()
  await source.push(adlStatement('completed', { user: randomUUID(), id }))
  await scene.work()
  const before = await waitingOf(source)
  await source.push(voidOf(id))
  await scene.work()

  t.equal(before.length, 1)
  t.strictSame(await waitingOf(source), [])
})

t.test('a source set to auto takes its claim back at once', async (t) => {
  const { user, source, filed, waiting } = await setting('auto')
  const id = randomUUID()
  await source.push(adlStatement('completed', { user, id }))
  await scene.work()
  const [voidId] = await source.push(voidOf(id))
  await scene.work()

  t.match(await filed(), [{ kind: 'claim' }, { kind: 'act', act: 'void', note: `void:${voidId}` }])
  t.strictSame(await waiting(), [])
})

t.test('a void of what was claimed waits for a person, and reversing takes the claim back', async (t) => {
  const { user, source, claims, waiting } = await setting('review')
  const id = randomUUID()
  await source.push(adlStatement('completed', { user, id }))
  await scene.work()
  const [voidId] = await source.push(voidOf(id))
  await scene.work()
  const [item] = await waiting()
  const standing = (await claims()).length
  await decideVoid(scene.ground, item?.itemId ?? '', 'reverse', decision)

  t.match(item, {
    reason: 'VOIDED_AFTER_POSTING',
    statementId: id,
    detail: `void:${voidId}`,
    claimId: String,
  })
  t.equal(standing, 1)
  t.strictSame([await claims(), await waiting()], [[], []])
  await t.rejects(decideVoid(scene.ground, item?.itemId ?? '', 'reverse', decision), { code: 'item-decided' })
})

t.test('a claim that a person kept stands, also when everything is looked at again', async (t) => {
  const { user, source, claims, waiting } = await setting('review')
  const id = randomUUID()
  await source.push(adlStatement('completed', { user, id }))
  await scene.work()
  await source.push(voidOf(id))
  await scene.work()
  const [item] = await waiting()
  await decideVoid(scene.ground, item?.itemId ?? '', 'keep', decision)
  await source.push(adlStatement('completed', { user, at: '2026-03-04T10:00:00+08:00' }))
  await scene.work()

  t.equal((await claims()).length, 1)
  t.strictSame(await waiting(), [])
})

t.test('a re-issue under a new id replaces what was voided', async (t) => {
  const { user, source, claims } = await setting('auto')
  const id = randomUUID()
  await source.push(adlStatement('completed', { user, id }))
  await scene.work()
  await source.push(voidOf(id), adlStatement('completed', { user, at: '2026-03-03T10:00:00+08:00' }))
  await scene.work()

  t.match(await claims(), [{ content: { endedOn: '2026-03-03' } }])
  t.equal((await claims()).length, 1)
})

t.test('a re-issue waits while a person looks at the void, and replaces it after the reversal', async (t) => {
  const { user, source, claims, waiting } = await setting('review')
  const id = randomUUID()
  await source.push(adlStatement('completed', { user, id }))
  await scene.work()
  await source.push(voidOf(id), adlStatement('completed', { user, at: '2026-03-03T10:00:00+08:00' }))
  await scene.work()
  const [item] = await waiting()
  const before = (await claims()).map(({ content }) => content.endedOn)
  await decideVoid(scene.ground, item?.itemId ?? '', 'reverse', decision)

  t.strictSame(before, ['2026-03-02'])
  t.strictSame(
    (await claims()).map(({ content }) => content.endedOn),
    ['2026-03-03'],
  )
})

t.test('a repeat under a new id stands in when the first is voided', async (t) => {
  const { user, source, claims, filed } = await setting('auto')
  const [first, second] = [randomUUID(), randomUUID()]
  await source.push(
    adlStatement('completed', { user, id: first }),
    adlStatement('completed', { user, id: second }),
  )
  await scene.work()
  await source.push(voidOf(first))
  await scene.work()
  const between = await claims()
  await source.push(voidOf(second))
  await scene.work()

  t.match(between, [{ content: { rawRef: `statement:${second}` } }])
  t.strictSame(await claims(), [])
  t.equal((await filed()).length, 4)
})

t.test('statements without ids that say the same are voided together', async (t) => {
  const user = randomUUID()
  const source = await scene.source({ preset: 'moodle-logstore', onVoid: 'auto' })
  await scene.offering({ code: randomUUID(), activities: [[source.name, moodleCourseId()]] })
  const teacherId = await scene.teacher([moodleSite, user])
  const [first] = await source.push(moodleCourseCompleted({ user }))
  await source.push(moodleCourseCompleted({ user }))
  await scene.work()
  await source.push(voidOf(first ?? ''))
  await scene.work()

  t.strictSame(
    (await scene.standing()).filter((one) => one.teacherId === teacherId),
    [],
  )
})

t.test('a source cannot void what another has sent', async (t) => {
  const { user, source, claims } = await setting('auto')
  const other = await scene.source({ preset: 'adl', onVoid: 'auto' })
  const id = randomUUID()
  await source.push(adlStatement('completed', { user, id }))
  await other.push(voidOf(id))
  await scene.work()

  t.equal((await claims()).length, 1)
})

t.test('a void of a void has no effect', async (t) => {
  const { user, source, claims } = await setting('auto')
  const [id, voidId] = [randomUUID(), randomUUID()]
  await source.push(adlStatement('completed', { user, id }), voidOf(id, { id: voidId }))
  await scene.work()
  await source.push(voidOf(voidId))
  await scene.work()

  t.strictSame(await claims(), [])
})

t.test('a conflict is decided too: reversed, it is taken back and nothing opens again', async (t) => {
  const { user, source, claims, waiting } = await setting('review')
  await source.push(adlStatement('passed', { user }))
  await scene.work()
  await source.push(adlStatement('failed', { user, at: '2026-03-03T10:00:00+08:00' }))
  await scene.work()
  const [item] = await waiting()
  await decideVoid(scene.ground, item?.itemId ?? '', 'reverse', decision)
  await source.push(adlStatement('passed', { user, at: '2026-03-01T10:00:00+08:00' }))
  await scene.work()

  t.equal(item?.reason, 'CONFLICT')
  t.strictSame([await claims(), await waiting()], [[], []])
})

t.test('what a person lets pass becomes a claim; what only mending ends cannot be let pass', async (t) => {
  const { user, source, claims, waiting } = await setting('review')
  await source.push(adlStatement('completed', { user, at: '2025-12-01T10:00:00+08:00' }))
  await scene.work()
  const [item] = await waiting()
  const released = await releaseItems(scene.ground, 'BEFORE_APPROVAL', [item?.itemId ?? ''], decision)

  t.equal(item?.reason, 'BEFORE_APPROVAL')
  t.equal(released, 1)
  t.match(await claims(), [{ content: { endedOn: '2025-12-01' } }])
  await t.rejects(releaseItems(scene.ground, 'ACTOR_UNKNOWN', [item?.itemId ?? ''], decision), {
    code: 'code-not-releasable',
  })
})

t.test('what was dismissed stays dismissed, also when it is sent again', async (t) => {
  const { user, source, claims, waiting } = await setting('review', { passMark: '60' })
  await source.push(adlStatement('completed', { user }))
  await scene.work()
  const [item] = await waiting()
  const others = await dismissItems(scene.ground, 'ACTOR_UNKNOWN', [item?.itemId ?? ''], decision)
  const dismissed = await dismissItems(scene.ground, 'NOT_PASSED', [item?.itemId ?? ''], decision)
  await source.push(
    adlStatement('completed', { user, at: '2026-03-04T10:00:00+08:00' }),
    adlStatement('passed', { user }),
  )
  await scene.work()

  t.strictSame([others, dismissed], [0, 1])
  t.strictSame([await claims(), await waiting()], [[], []])
})

t.test('a receipt can say what became of each statement', async (t) => {
  const { user, source } = await setting('review')
  const stranger = randomUUID()
  await source.push(
    adlStatement('completed', { user }),
    adlStatement('completed', { user, at: '2026-03-02T11:00:00+08:00' }),
    adlStatement('progressed', { user }),
    { ...adlStatement('completed', { user }), verb: { id: 'http://verbs.example/liked' } },
    adlStatement('completed', { user: stranger }),
  )
  await scene.work()
  const last = await convertedThrough(scene.ground.db)
  const states = await conversionStatesOf(scene.ground.db, [
    last - 4,
    last - 3,
    last - 2,
    last - 1,
    last,
    last + 1,
  ])

  t.match(
    [...states].sort(([a], [b]) => a - b).map(([, state]) => state),
    [
      { status: 'claimed', claim_id: String },
      { status: 'evidence', why: 'completed' },
      { status: 'evidence' },
      { status: 'ignored', why: 'no_rule' },
      { status: 'parked', code: 'ACTOR_UNKNOWN' },
    ],
  )
  t.equal(states.size, 5)
})
