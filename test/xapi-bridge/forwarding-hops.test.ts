import t from 'tap'
import { chainIn, hopName } from '../../xapi-bridge/forwarding/hop.ts'
import { changeSource } from '../../xapi-bridge/sources/settings.ts'
import { aReceiver, forwardingScene } from './forwarding-scene.ts'
import { aStatement, type Speaker } from './statement-examples.ts'

t.setTimeout(300_000)

const scene = await forwardingScene(t)
const { ground } = scene
const own = await hopName(ground.db)
const five = [1, 2, 3, 4, 5].map((n) => `aaaaaaaa-000${n}`).join(',')

/** A source that is an installation which forwards to this one, as an operator has said. */
async function anInstallation(): Promise<Speaker> {
  const speaker = await scene.speaker()
  await changeSource(ground, speaker.credential.source_id, { hops: 'honour' })
  return speaker
}

async function aWayFrom(speaker: Speaker) {
  const receiver = await aReceiver(t)
  const { id } = await scene.destination({
    kind: 'lrs',
    url: receiver.url,
    filter: { sources: [speaker.credential.source_id] },
  })
  return { receiver, id }
}

t.test('a hop header names us, and what came by us before goes nowhere', async (t) => {
  const speaker = await anInstallation()
  const { receiver, id } = await aWayFrom(speaker)
  const [straight, far, circling, endless] = [aStatement(), aStatement(), aStatement(), aStatement()]
  await speaker.post(straight)
  await speaker.post(far, { 'X-Xueshi-Hop': 'aaaaaaaa-0001' })
  await speaker.post(circling, { 'X-Xueshi-Hop': `aaaaaaaa-0001, ${own}` })
  await speaker.post(endless, { 'X-Xueshi-Hop': five })

  await scene.forward(id)

  t.strictSame(
    receiver.got.map(({ headers, statements }) => [headers['x-xueshi-hop'], statements.map((one) => one.id)]),
    [
      [own, [straight.id]],
      [`aaaaaaaa-0001, ${own}`, [far.id]],
    ],
  )
})

t.test('hops that a source invents keep nothing from being sent on', async (t) => {
  const speaker = await scene.speaker()
  const { receiver, id } = await aWayFrom(speaker)
  const [hiding, endless] = [aStatement(), aStatement()]
  await speaker.post(hiding, { 'X-Xueshi-Hop': own })
  await speaker.post(endless, { 'X-Xueshi-Hop': five })

  await scene.forward(id)

  t.strictSame(receiver.taken, [hiding.id, endless.id])
  t.strictSame([...new Set(receiver.got.map(({ headers }) => headers['x-xueshi-hop']))], [own])
})

t.test('hops are noted of what is stored, when it is stored, and of nothing else', async (t) => {
  const speaker = await anInstallation()
  const { receiver, id } = await aWayFrom(speaker)
  const first = aStatement()
  await speaker.post(first)
  const refused = await speaker.post([{ ...first, timestamp: '2026-03-03T00:00:00Z' }, aStatement()], {
    'X-Xueshi-Hop': own,
  })
  const repeated = await speaker.post(first, { 'X-Xueshi-Hop': own })

  t.equal(refused.statusCode, 409)
  t.equal(repeated.statusCode, 200)
  t.strictSame(await ground.db('statement_hop').where('hops', own), [])
  await scene.forward(id)
  t.strictSame(receiver.taken, [first.id])
})

t.test('of a hop header only names are kept', (t) => {
  for (const [header, chain] of [
    [undefined, null],
    ['', null],
    ['<script>, ../x', null],
    [' AAAAAAAA-0001 ,nonsense!, bbbbbbbb-0002', 'aaaaaaaa-0001,bbbbbbbb-0002'],
    [Array(50).fill('aaaaaaaa-0001').join(), Array(6).fill('aaaaaaaa-0001').join()],
  ] as const)
    t.equal(chainIn(header), chain, String(header))
  t.end()
})
