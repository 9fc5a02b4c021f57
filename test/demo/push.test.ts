import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { compose, FIRST_PUSHED_TEACHER, type Wanted } from '../../demo/push/compose.ts'
import { demoPush } from '../../demo/push.ts'

const wanted: Wanted = {
  source: 'moodle',
  count: 800,
  seed: 7,
  now: new Date('2026-11-21T12:00:00Z'),
  onVoid: 'review',
  withIds: false,
}

interface Sent {
  id?: string
  actor: { account: { name: string } }
  verb: { id: string }
  object: { id: string; objectType?: string }
  timestamp: string
}

t.test('the same wish gives the same statements and the same worth', async (t) => {
  t.equal(textOf(wanted), textOf(wanted))
  t.strictSame(compose(wanted).counted, compose(wanted).counted)
  t.not(textOf({ ...wanted, seed: 8 }), textOf(wanted))
})

t.test('the expected hours are those of an independent count over the statements', async (t) => {
  const { statements, counted, undecided } = compose({ ...wanted, count: 3_000 })
  const done = (statements as unknown as Sent[]).filter(
    ({ verb, actor }) => verb.id.endsWith('/completed') && !actor.account.name.startsWith('unknown'),
  )
  const courses = new Map<string, Set<string>>()
  for (const { actor, object } of done) {
    const teacherNo = `SL${String(Number(actor.account.name) - 1_000).padStart(6, '0')}`
    courses.set(teacherNo, (courses.get(teacherNo) ?? new Set()).add(object.id))
  }
  for (const teacherNo of undecided) courses.delete(teacherNo)

  t.strictSame(
    [...counted].sort(),
    [...courses].map(([teacherNo, ids]) => [teacherNo, ids.size * 2_000] as [string, number]).sort(),
  )
  t.ok(counted.size > 400)
})

t.test('it holds repeats, looks, unknown people, late ones and a void', async (t) => {
  const statements = compose(wanted).statements as unknown as Sent[]
  const texts = statements.map((statement) => JSON.stringify(statement))
  const tenDays = 10 * 86_400_000

  t.equal(statements.length, 800)
  t.ok(new Set(texts).size < texts.length - 20, 'some come twice')
  t.ok(statements.filter(({ verb }) => verb.id.endsWith('/viewed')).length > 20)
  t.ok(statements.filter(({ actor }) => actor.account.name.startsWith('unknown')).length > 5)
  t.equal(statements.filter(({ object }) => object.objectType === 'StatementRef').length, 1)
  t.ok(
    statements.some(
      ({ timestamp }, index) =>
        index > 700 && Date.parse(timestamp) < Date.parse(statements[index - 500]?.timestamp ?? '') - tenDays,
    ),
  )
  t.equal(
    statements.filter(({ id }) => id !== undefined).length,
    2,
    'only the voided one and its void have ids',
  )
})

t.test('nobody of the push has a history, and none finishes two courses on one day', async (t) => {
  const statements = compose({ ...wanted, count: 20_000 }).statements as unknown as Sent[]
  const done = statements.filter(
    ({ verb, actor }) => verb.id.endsWith('/completed') && !actor.account.name.startsWith('unknown'),
  )
  const days = new Map<string, Set<string>>()
  for (const { actor, timestamp, object } of done) {
    const day = `${actor.account.name} ${timestamp.slice(0, 10)}`
    days.set(day, (days.get(day) ?? new Set()).add(object.id))
  }

  t.ok(done.every(({ actor }) => Number(actor.account.name) > 1_000 + FIRST_PUSHED_TEACHER))
  t.equal(Math.max(...[...days.values()].map((courses) => courses.size)), 1)
})

t.test('where a void reverses by itself, the teacher keeps the rest', async (t) => {
  const { undecided } = compose(wanted)
  const reversed = compose({ ...wanted, onVoid: 'auto' })

  t.equal(undecided.length, 1)
  t.strictSame(reversed.undecided, [])
  t.ok(reversed.counted.has(undecided[0] ?? ''))
})

t.test('the national platform sends ids and registrations, and its hours wait for the school', async (t) => {
  const { statements, counted, awaiting } = compose({ ...wanted, source: 'nation' })

  t.ok(statements.every(({ id }) => typeof id === 'string'))
  t.equal(counted.size, 0)
  t.ok(awaiting.size > 100)
})

t.test('a push survives an endpoint that drops, stalls and refuses for a while', async (t) => {
  const stored: Sent[] = []
  let requests = 0
  const endpoint = await listen(t, (request, response) => {
    requests += 1
    if (requests % 5 === 1) {
      request.socket.destroy()
      return
    }
    void readJson(request).then((statements) => {
      if (requests % 5 === 2) {
        response.writeHead(503, { 'retry-after': '0' }).end()
        return
      }
      stored.push(...statements)
      // Stored, and the answer lost: the sender cannot know.
      if (requests % 5 === 3) response.destroy()
      else response.end(JSON.stringify(statements.map(({ id }) => id ?? 'made')))
    })
  })
  const acknowledged: string[] = []

  const outcome = await demoPush({
    endpoint,
    key: 'k',
    secret: 's',
    count: 300,
    now: wanted.now,
    withIds: true,
    onAcknowledged: (ids) => acknowledged.push(...ids),
  })

  t.equal(outcome.sent, 300)
  t.equal(outcome.acknowledged, 300)
  t.equal(acknowledged.length, 300 + outcome.resent)
  const ids = new Set(stored.map(({ id }) => id))
  t.ok(acknowledged.every((id) => ids.has(id)))
  t.match(Object.values(outcome.expected), [/^\d+$/])
})

t.test('a refusal is not repeated', async (t) => {
  let requests = 0
  const endpoint = await listen(t, (_request, response) => {
    requests += 1
    response.writeHead(401).end('{"code":"not-authenticated"}')
  })

  await t.rejects(demoPush({ endpoint, key: 'k', secret: 'wrong' }), { code: 'push-refused', status: 401 })
  t.equal(requests, 1)
})

t.test('patience ends', async (t) => {
  await t.rejects(demoPush({ endpoint: 'http://127.0.0.1:9/xapi', key: 'k', secret: 's', patienceMs: 100 }), {
    code: 'push-unanswered',
  })
})

function textOf(wish: Wanted): string {
  return JSON.stringify(compose(wish).statements)
}

async function listen(
  t: Test,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/xapi`
}

async function readJson(request: IncomingMessage): Promise<Sent[]> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString()) as Sent[]
}
