import { randomUUID } from 'node:crypto'
import t from 'tap'
import { queueList } from '../../xapi-bridge/queue/queue.ts'
import { conversionScene } from './conversion-scene.ts'
import { adlStatement, voidOf } from './lookalikes.ts'

const lms = 'https://lms.example'
const scene = await conversionScene(t)

/** An impossible area code: nobody has this number. */
const number = '990101198001010014'
const sealedVoid = (target: string) => ({ ...voidOf(target), result: { response: `误报 ${number}` } })

async function aCourse(onVoid: 'auto' | 'review') {
  const user = randomUUID()
  const source = await scene.source({ preset: 'adl', onVoid, guard: 'seal' })
  await scene.offering({ code: randomUUID(), activities: [[source.name, `${lms}/course/A`]] })
  const teacherId = await scene.teacher([lms, user])
  return {
    user,
    source,
    claims: async () => (await scene.standing()).filter((one) => one.teacherId === teacherId),
    waiting: async () => (await queueList(scene.ground.db)).items.filter((one) => one.source === source.name),
  }
}

t.test('a void that is sealed takes a claim back like any other', async (t) => {
  const { user, source, claims, waiting } = await aCourse('auto')
  const id = randomUUID()
  await source.push(adlStatement('completed', { user, id }))
  await scene.work()
  const before = (await claims()).length
  await source.push(sealedVoid(id))
  await scene.work()

  t.equal(before, 1)
  t.strictSame([await claims(), await waiting()], [[], []])
})

t.test('a void that is sealed waits for a person where voids do, and names what it voids', async (t) => {
  const { user, source, claims, waiting } = await aCourse('review')
  const id = randomUUID()
  await source.push(adlStatement('completed', { user, id }))
  await scene.work()
  const [voidId] = await source.push(sealedVoid(id))
  await scene.work()

  t.equal((await claims()).length, 1)
  t.match(await waiting(), [{ reason: 'VOIDED_AFTER_POSTING', statementId: id, detail: `void:${voidId}` }])
})

t.test('a void that is sealed and came first leaves no claim, whoever voids the same again', async (t) => {
  const { user, source, claims, waiting } = await aCourse('auto')
  const id = randomUUID()
  await source.push(sealedVoid(id), voidOf(id))
  await scene.work()
  await source.push(adlStatement('completed', { user, id }))
  await scene.work()

  t.strictSame([await claims(), await waiting()], [[], []])
})

t.test('what is sealed and then voided by a sealed statement waits no longer', async (t) => {
  const { user, source, waiting } = await aCourse('auto')
  const id = randomUUID()
  await source.push({
    ...adlStatement('completed', { user, id }),
    context: { extensions: { [`${lms}/x`]: number } },
  })
  await scene.work()
  const before = await waiting()
  await source.push(sealedVoid(id))
  await scene.work()

  t.match(before, [{ reason: 'PII_IN_STATEMENT' }])
  t.strictSame(await waiting(), [])
})
