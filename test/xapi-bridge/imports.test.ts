import fc from 'fast-check'
import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import { newId } from '../../foundation/ids.ts'
import { auditPage } from '../../ledger/audit/read.ts'
import { checkInsIn } from '../../xapi-bridge/imports/check-ins.ts'
import { importStatements, type RefusedPiece, statementsIn } from '../../xapi-bridge/imports/import.ts'
import { largestPiece, piecesOf } from '../../xapi-bridge/imports/pieces.ts'
import type { SourceWish } from '../../xapi-bridge/sources/add.ts'
import { sourceById } from '../../xapi-bridge/sources/source.ts'
import { freshGround } from '../support/ground.ts'
import { aBridge, aSpeaker, aStatement, type Json, withoutId } from './statement-examples.ts'

const ground = await freshGround(t)
const app = await aBridge(t, ground)

/** A file in chunks of so many bytes. */
async function* chunked(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function cut(text: string | Buffer, size = 7): Promise<[number, string][]> {
  const found: [number, string][] = []
  for await (const piece of piecesOf(chunked(Buffer.from(text), size)))
    found.push([piece.line, piece.bytes === null ? piece.fault : piece.bytes.toString().trim()])
  return found
}

async function anImporter(wish: Partial<SourceWish> = {}) {
  const speaker = await aSpeaker(app, ground, wish)
  const source = await sourceById(ground.db, speaker.credential.source_id)
  if (!source) throw new Error('the source is there')
  const run = async (text: string | Buffer) => {
    const refused: RefusedPiece[] = []
    const order = {
      source,
      actor: 'os:tester',
      operatorId: newId(),
      onRefused: async (piece: RefusedPiece) => {
        refused.push(piece)
      },
    }
    const made = statementsIn(piecesOf(chunked(Buffer.from(text), 4096)))
    return { ...(await importStatements(ground, order, made)), pieces: refused }
  }
  return { ...speaker, source, run }
}

t.test('a file is cut into its statements, in whichever form it comes', async (t) => {
  const [a, b] = ['{"a":"}] \\" ,"}', '{"b":[{"c":1}]}']
  const two = [
    [1, a],
    [2, b],
  ]
  t.strictSame(await cut(`${a}\n${b}\n`), two, 'lines')
  t.strictSame(await cut(`\uFEFF${a}\r\n${b}`), two, 'lines with a mark and without an end')
  t.strictSame(await cut(`[${a},\n${b}]`), two, 'a list')
  t.strictSame(await cut(`{"statements":[${a},\n${b}],"more":""}`), two, 'an answer')
  t.strictSame(await cut(`{"more":"/x","statements" : [${a}\n,${b}]}`), two, 'an answer, the other way round')
  t.strictSame(await cut(`{"a":\n1}\n{"b":2}`), [
    [1, '{"a":\n1}'],
    [3, '{"b":2}'],
  ])
  for (const nothing of ['', ' \n', '[]', '[ ]', '{"statements":[]}'])
    t.strictSame(await cut(nothing), [], nothing)
})

t.test('what is broken is one piece, and the file goes on behind it where it can', async (t) => {
  t.strictSame(await cut('{"a":1}\n{"b":\n{"c":1}'), [
    [1, '{"a":1}'],
    [2, '{"b":'],
    [3, '{"c":1}'],
  ])
  t.strictSame(await cut('[{"a":1},2,"x",]'), [
    [1, '{"a":1}'],
    [1, '2'],
    [1, '"x"'],
  ])
  t.strictSame(await cut('[{"a":1},\n{"b":'), [
    [1, '{"a":1}'],
    [2, 'cut-off'],
  ])
  t.strictSame(await cut('[{"a":1}'), [
    [1, '{"a":1}'],
    [1, 'cut-off'],
  ])
  const large = `{"a":"${'x'.repeat(largestPiece)}"}`
  t.strictSame(await cut(`${large}\n{"b":1}`, 65_536), [
    [1, 'too-large'],
    [2, '{"b":1}'],
  ])
  t.strictSame(await cut(`[${large},{"b":1}]`, 65_536), [
    [1, 'too-large'],
    [1, '{"b":1}'],
  ])
})

t.test('the same pieces come out however a file is chunked and laid out', async (t) => {
  const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 6 })
  const same = fc.asyncProperty(
    objects,
    fc.integer({ min: 1, max: 40 }),
    fc.boolean(),
    async (list, size, wide) => {
      const texts = list.map((value) => JSON.stringify(value))
      const values = async (text: string) => (await cut(text, size)).map(([, piece]) => JSON.parse(piece))
      const expected = texts.map((text) => JSON.parse(text))
      const laidOut = JSON.stringify(list, null, wide ? 2 : 0)
      const outcome = [
        await values(laidOut),
        await values(`{"statements":${laidOut}}`),
        await values(texts.join('\n')),
      ]
      return JSON.stringify(outcome) === JSON.stringify([expected, expected, expected])
    },
  )

  await t.resolves(fc.assert(same, { numRuns: 60 }))
})

t.test('a file is imported, and importing it again adds nothing', async (t) => {
  const { run, find } = await anImporter()
  const statements = [aStatement(), withoutId(aStatement()), withoutId(aStatement())]
  const asLines = statements.map((one) => JSON.stringify(one)).join('\n')

  const first = await run(asLines)
  const again = await run(asLines)
  const otherwise = await run(JSON.stringify({ statements, more: '' }, null, 2))

  t.match(first, { accepted: 3, duplicate: 0, refused: 0, endedAtLine: null })
  t.match(again, { accepted: 0, duplicate: 3, refused: 0 })
  t.match(otherwise, { accepted: 0, duplicate: 3, refused: 0 }, 'laid out otherwise it is the same')
  t.equal((await find()).length, 3)
})

t.test('what is not UTF-8 is refused, never stored as something else', async (t) => {
  const { run, find } = await anImporter()
  const [head, tail] = JSON.stringify(aStatement({ result: { response: '@' } })).split('@') as [
    string,
    string,
  ]
  const gbk = Buffer.concat([Buffer.from(head), Buffer.from([0xd5, 0xc5, 0xc8, 0xfd]), Buffer.from(tail)])
  const done = await run(Buffer.concat([gbk, Buffer.from(`\n${JSON.stringify(aStatement())}\n`)]))
  t.match(done, { accepted: 1, refused: 1 })
  t.match(done.pieces, [{ line: 1, errors: [{ code: 'invalid-json' }] }])
  t.equal((await find()).length, 1)
})

t.test('a statement that stands twice in one file is stored once', async (t) => {
  const { run, find } = await anImporter()
  const [mine, other] = [aStatement(), withoutId(aStatement())]

  const answer = await run([mine, other, mine, other].map((one) => JSON.stringify(one)).join('\n'))

  t.match(answer, { accepted: 2, duplicate: 2, refused: 0 })
  t.equal((await find()).length, 2)
})

t.test('bad statements do not stop the good ones, and come back with line and fault', async (t) => {
  const { run, source } = await anImporter()
  const good = Array.from({ length: 450 }, () => JSON.stringify(aStatement()))
  const conflict = JSON.parse(good[0] as string)
  const lines = [...good]
  lines[10] = '{"broken":'
  lines[20] = JSON.stringify({ ...aStatement(), verb: { id: 'no iri' } })
  lines[30] = JSON.stringify(aStatement({ result: { response: '990101198001010014' } }))
  lines[440] = JSON.stringify({ ...conflict, result: { completion: false } })
  lines[441] = '[1]'
  lines[442] = '7'
  lines[443] = `{"actor":${'['.repeat(80)}${']'.repeat(80)}}`

  const answer = await run(lines.join('\n'))

  t.match(answer, { accepted: 443, duplicate: 0, refused: 7 })
  const told = answer.pieces
    .map(({ line, errors }) => [line, errors[0]?.pointer ?? '', errors[0]?.code])
    .sort(([a], [b]) => Number(a) - Number(b))
  t.strictSame(told, [
    [11, '', 'invalid-json'],
    [21, '/verb/id', 'invalid-iri'],
    [31, '/result/response', 'pii-in-statement'],
    [441, '/id', 'statement-conflict'],
    [442, '', 'wrong-type'],
    [443, '', 'wrong-type'],
    [444, '', 'too-deep'],
  ])
  const [{ n }] = (await ground
    .db('statement')
    .count({ n: '*' })
    .where({ source_id: idBytes(source.id) })) as [{ n: number }]
  t.equal(Number(n), 443)
})

t.test('the lines of refused statements are mended and imported as they are', async (t) => {
  const { run, find } = await anImporter()
  const mine = aStatement()

  const answer = await run(`{"line":3,"errors":[{"code":"x"}],"statement":${JSON.stringify(mine)}}\n`)

  t.match(answer, { accepted: 1, refused: 0 })
  t.equal((await find())[0]?.id, mine.id)
})

t.test('namespaces, versions and stores hold as for a push', async (t) => {
  const { run, find, credential } = await anImporter()
  const other = await anImporter()
  const newer = aStatement({
    version: '2.0.0',
    context: {
      contextAgents: [
        {
          objectType: 'contextAgent',
          agent: { account: { homePage: 'https://x.example', name: 'x' } },
          relevantTypes: ['http://x.example/t'],
        },
      ],
    },
  } as Json)
  const older = aStatement({ version: '1.0.0' })

  t.match(await run([newer, older].map((one) => JSON.stringify(one)).join('\n')), { accepted: 2, refused: 0 })
  t.match(await other.run(JSON.stringify(newer)), { accepted: 1 }, 'another source has a store of its own')

  const found = await find()
  t.equal(found.length, 2)
  for (const { authority } of found) t.match(authority, { account: { name: credential.source_id } })
  const { events } = await auditPage(ground.db, {
    action: 'statements-imported',
    subjectId: credential.source_id,
  })
  t.match(events, [{ actor: 'os:tester', detail: { accepted: 2, duplicate: 0, refused: 0, sha256: String } }])
})

t.test('a file that ends in the middle is said so, and what came before is stored', async (t) => {
  const { run } = await anImporter()

  const answer = await run(`[${JSON.stringify(aStatement())},\n${JSON.stringify(aStatement()).slice(0, -5)}`)

  t.match(answer, {
    accepted: 1,
    refused: 1,
    endedAtLine: 2,
    pieces: [{ line: 2, errors: [{ code: 'cut-off' }] }],
  })
})

t.test('check-ins become statements: who, at which session, when', async (t) => {
  const { source } = await anImporter({ preset: 'xueshi-tool', actorHomePages: ['https://door.example'] })
  const base = ground.config.xapiIriBase
  const rows = (text: string) => checkInsIn(Buffer.from(text), source, base)
  const read = (text: string) => rows(text).map(({ text: made }) => made && JSON.parse(made))

  const [byClass, byIri] = [
    read('培训班,场次号,账号,签到时间\n2026-1,2,u1,2026/3/5 14:03\n'),
    read(
      `session,account,home_page,time\n${base}activities/session/2026-1/2,u1,https://door.example,2026-03-05T14:03:00+08:00\n`,
    ),
  ]

  t.strictSame(byClass, byIri)
  t.match(byClass[0], {
    timestamp: '2026-03-05T14:03:00+08:00',
    actor: { account: { homePage: 'https://door.example', name: 'u1' } },
    verb: { id: 'http://adlnet.gov/expapi/verbs/attended' },
    object: { id: `${base}activities/session/2026-1/2` },
  })
  const faults = rows('class,no,account,time\n2026-1,,u1,2026-03-05 14:00\n2026-1,1,,昨天\n')
  t.match(faults, [
    { line: 2, text: null, errors: [{ pointer: '/class', code: 'invalid-iri' }] },
    {
      line: 3,
      text: null,
      errors: [{ pointer: '/account' }, { pointer: '/time', code: 'invalid-timestamp' }],
    },
  ])
  t.throws(() => rows('who,when\na,b\n'), { code: 'check-ins-unreadable' })
})
