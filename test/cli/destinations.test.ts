// @lane embedded
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import { newId } from '../../foundation/ids.ts'
import { freshDatabaseUrl } from '../support/database.ts'
import { houseOn } from '../support/house.ts'

t.setTimeout(600_000)

const { url, db } = await freshDatabaseUrl(t)
const house = await houseOn(t, url, { DESTINATION_PRIVATE: '127.0.0.0/8' })
let status = 200
const server = http.createServer((request, response) => {
  request.resume()
  response.writeHead(status).end()
})
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
t.teardown(() => {
  server.closeAllConnections()
  server.close()
})
const receiver = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

t.test('destinations are added, listed, tried out, paused, resumed, rotated and removed', async (t) => {
  await house.must(
    'source',
    'add',
    '--name',
    'moodle',
    '--preset',
    'moodle-logstore',
    '--actor-home-page',
    '*',
  )
  const lrs = await house.must(
    ...['destination', 'add', '--name', 'province', '--kind', 'lrs', '--url', `${receiver}/xapi`],
    ...['--source', 'moodle', '--verb', 'http://adlnet.gov/expapi/verbs/passed', '--outcome', 'claimed'],
    ...[
      '--pseudonyms',
      '--xapi-version',
      '2.0.0',
      '--is-source',
      'moodle',
      '--key',
      'k',
      '--secret',
      's',
      '--from-start',
    ],
  )
  t.strictSame(Object.keys(lrs), ['destination_id', 'secret'])
  const hook = await house.must(
    ...['destination', 'add', '--name', 'hook', '--kind', 'webhook', '--url', receiver],
    ...['--event', 'claim.posted', 'source.silent'],
  )
  t.match(hook.secret, /^[\w-]{43}$/)

  const { destinations } = await house.must('destination', 'list')
  t.match(destinations, [
    { name: 'hook', kind: 'webhook', events: ['claim.posted', 'source.silent'], state: 'active' },
    {
      name: 'province',
      version: '2.0.0',
      redaction: { actors: 'pseudonym' },
      filter: { verbs: ['http://adlnet.gov/expapi/verbs/passed'], outcomes: ['claimed'] },
      has_credential: true,
    },
  ])
  t.match(await house.must('destination', 'test', 'province'), { ok: true, status: 200 })
  status = 404
  t.match(await house.run('destination', 'test', 'hook'), { code: 1, json: { ok: false, code: 'NOT_FOUND' } })
  t.match(await house.must('destination', 'pause', 'hook'), { state: 'paused' })
  t.match(await house.must('destination', 'resume', hook.destination_id), { state: 'active' })
  t.match((await house.must('destination', 'rotate', 'hook', '--overlap-hours', '1')).secret, /^[\w-]{43}$/)
  t.match(await house.must('destination', 'remove', 'province'), { state: 'removed' })
  t.equal((await house.must('destination', 'list')).destinations.length, 1)
})

t.test('deliveries are listed and replayed', async (t) => {
  const [row] = await db('destination').where({ name: 'hook' })
  await db('delivery').insert({
    delivery_id: idBytes(newId()),
    destination_id: row.destination_id,
    event: 'claim.posted',
    seq: null,
    place: 1,
    content: Buffer.from('{}'),
    state: 'dead',
    code: 'GIVEN_UP',
    status: 503,
    attempts: 40,
    alone: 0,
    queued_at: 1,
    next_at: 1,
    first_tried_at: 1,
    finished_at: 1,
  })
  const listed = await house.must('delivery', 'list', '--destination', 'hook', '--state', 'dead')
  t.match(listed.deliveries, [{ event: 'claim.posted', code: 'GIVEN_UP', attempts: 40 }])
  t.strictSame(await house.must('delivery', 'replay', '--destination', 'hook', '--code', 'CONFLICT'), {
    replayed: 0,
  })
  t.strictSame(await house.must('delivery', 'replay', '--destination', 'hook'), { replayed: 1 })
  t.match((await house.must('delivery', 'list')).deliveries, [{ state: 'waiting', attempts: 0 }])
})

for (const [name, code, args, says] of [
  ['an unknown destination', 1, ['destination', 'pause', 'nobody']],
  [
    'a kind that is none',
    2,
    ['destination', 'add', '--name', 'x', '--kind', 'ftp', '--url', receiver],
    '--kind takes lrs, webhook',
  ],
  [
    'a webhook of no events',
    2,
    ['destination', 'add', '--name', 'x', '--kind', 'webhook', '--url', receiver],
    'a webhook needs --event: one or more of completion.accepted',
  ],
  [
    'events for an LRS',
    2,
    ['destination', 'add', '--name', 'x', '--kind', 'lrs', '--url', receiver, '--event', 'claim.posted'],
    '--event cannot be given here',
  ],
  [
    'an outcome that is none',
    2,
    ['destination', 'add', '--name', 'x', '--kind', 'lrs', '--url', receiver, '--outcome', 'lost'],
    '--outcome takes claimed, parked',
  ],
  [
    'an event that is none',
    2,
    ['destination', 'add', '--name', 'x', '--kind', 'webhook', '--url', receiver, '--event', 'x'],
    '--event takes completion.accepted',
  ],
  [
    'half a credential',
    2,
    ['destination', 'add', '--name', 'x', '--kind', 'lrs', '--url', receiver, '--key', 'k'],
  ],
  [
    'a private address',
    1,
    ['destination', 'add', '--name', 'x', '--kind', 'lrs', '--url', 'http://10.0.0.1/'],
  ],
  ['a state that is none', 2, ['delivery', 'list', '--state', 'x']],
] as [string, number, string[], string?][]) {
  t.test(`${name} ends with ${code}`, async (t) => {
    const answer = await house.run(...args)
    t.equal(answer.code, code, JSON.stringify(answer))
    t.ok(answer.json.error.code)
    if (says) t.match(answer.json.error.detail, says)
  })
}
