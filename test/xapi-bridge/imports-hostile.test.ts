import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import { newId } from '../../foundation/ids.ts'
import { auditPage } from '../../ledger/audit/read.ts'
import { checkInsIn } from '../../xapi-bridge/imports/check-ins.ts'
import { importStatements, type Made, type RefusedPiece } from '../../xapi-bridge/imports/import.ts'
import { sourceById } from '../../xapi-bridge/sources/source.ts'
import { freshGround } from '../support/ground.ts'
import { aBridge, aSpeaker, aStatement, withoutId } from './statement-examples.ts'

const ground = await freshGround(t)
const app = await aBridge(t, ground)

async function anImporter(actorHomePages = ['*']) {
  const { credential, find } = await aSpeaker(app, ground, { preset: 'xueshi-tool', actorHomePages })
  const source = await sourceById(ground.db, credential.source_id)
  if (!source) throw new Error('the source is there')
  const run = async (pieces: AsyncIterable<Made> | Made[]) => {
    const refused: RefusedPiece[] = []
    const onRefused = async (piece: RefusedPiece) => {
      refused.push(piece)
    }
    const order = { source, actor: 'os:tester', operatorId: newId(), onRefused }
    const stream = (async function* () {
      yield* pieces
    })()
    return { ...(await importStatements(ground, order, stream)), pieces: refused }
  }
  const traces = async () =>
    (await auditPage(ground.db, { subjectId: source.id })).events
      .map(({ action }) => action)
      .filter((action) => action.startsWith('statements-'))
      .sort()
  const count = async () => {
    const rows = await ground.db('statement').where({ source_id: idBytes(source.id) })
    return rows.length
  }
  return { source, run, find, traces, count }
}

t.test('an import that is cut off is begun again, and everything is stored once', async (t) => {
  const { run, count, traces } = await anImporter()
  const made: Made[] = Array.from({ length: 900 }, (_, n) => {
    const one = n % 2 === 0 ? aStatement() : withoutId(aStatement())
    return { line: n + 1, text: JSON.stringify(one) }
  })
  async function* cutOff(): AsyncGenerator<Made> {
    yield* made.slice(0, 650)
    throw new Error('the machine was switched off')
  }

  await t.rejects(run(cutOff()), { message: 'the machine was switched off' })
  const half = await count()
  t.strictSame(await traces(), ['statements-import-begun'], 'whose the half is stands in the audit')
  const again = await run(made)

  t.equal(half, 600, 'whole batches')
  t.match(again, { accepted: 300, duplicate: 600, refused: 0 })
  t.strictSame(await traces(), ['statements-import-begun', 'statements-import-begun', 'statements-imported'])
})

t.test('a source that drops conflicts quietly has them named when a file is imported', async (t) => {
  const { run, source } = await anImporter()
  source.onConflict = 'quiet'
  const one = aStatement()
  await run([{ line: 1, text: JSON.stringify(one) }])

  const { accepted, duplicate, pieces } = await run([
    { line: 1, text: JSON.stringify({ ...one, result: { completion: false } }) },
    { line: 2, text: JSON.stringify(aStatement()) },
  ])

  t.match({ accepted, duplicate }, { accepted: 1, duplicate: 0 })
  t.match(pieces, [{ line: 1, errors: [{ code: 'statement-conflict' }] }])
})

t.test('two imports of one file at once store everything once', async (t) => {
  const { run, count } = await anImporter()
  const made: Made[] = Array.from({ length: 450 }, (_, n) => ({
    line: n + 1,
    text: JSON.stringify(withoutId(aStatement())),
  }))

  const [one, other] = await Promise.all([run(made), run(made)])

  t.equal(one.accepted + other.accepted, 450)
  t.equal(one.duplicate + other.duplicate, 450)
  t.match([one.refused, other.refused], [0, 0])
  t.equal(await count(), 450)
})

/** 培训班,场次号,账号,签到时间 and a row whose account is 张㐂, as a spreadsheet here writes them. */
const gb18030 = Buffer.concat([
  Buffer.from('c5e0d1b5b0e02cb3a1b4cebac52cd5cbbac52cc7a9b5bdcab1bce40d0a', 'hex'),
  Buffer.from('2026-1,2,', 'latin1'),
  Buffer.from('d5c58139ee39', 'hex'),
  Buffer.from(',2026-03-05 14:03\r\n', 'latin1'),
])

t.test('check-ins in GB18030, UTF-8 and what spreadsheets call Unicode are the same', async (t) => {
  const { source, run, find } = await anImporter(['https://door.example'])
  const text = new TextDecoder('gb18030').decode(gb18030)
  const files = [
    gb18030,
    Buffer.from(text),
    Buffer.from(`\uFEFF${text}`),
    Buffer.from(`\uFEFF${text.replaceAll(',', '\t')}`, 'utf16le'),
  ]
  const made = files.map((bytes) => checkInsIn(bytes, source, ground.config.xapiIriBase))

  for (const one of made) t.strictSame(one, made[0])
  t.match(JSON.parse(made[0]?.[0]?.text ?? ''), {
    actor: { account: { homePage: 'https://door.example', name: text.split('\r\n')[1]?.split(',')[2] } },
  })
  for (const [n, one] of made.entries()) t.match(await run(one), { accepted: n === 0 ? 1 : 0, refused: 0 })
  t.equal((await find()).length, 1)
})

t.test('files that are no check-ins say what they are instead', async (t) => {
  const { source } = await anImporter(['https://door.example'])
  const read = (bytes: Uint8Array) => () => checkInsIn(bytes, source, ground.config.xapiIriBase)
  for (const [what, bytes] of [
    ['a workbook', Buffer.from('504b030414000600', 'hex')],
    ['broken bytes', Buffer.concat([gb18030, Buffer.from([0xff])])],
    ['nothing', Buffer.alloc(0)],
    ['a quote without end', Buffer.from('account,time,session\n"u1,2026-03-05 14:03,x')],
    ['too much', Buffer.alloc(64 * 1024 * 1024 + 1, 'a')],
  ] as const)
    t.throws(read(bytes), { code: 'check-ins-unreadable' }, what)
})

t.test('what a check-in names is data: formulas, markup, numbers of identity', async (t) => {
  const { source, run, find } = await anImporter(['https://door.example'])
  const rows = [
    '2026-1,1,=cmd|calc,2026-03-05 14:03',
    '2026-1,1,<script>x</script>,2026-03-05 14:03',
    '2026-1,1,990101198001010014,2026-03-05 14:03',
    '../../x?y#z,1,u1,2026-03-05 14:03',
    '2026-1,99999999,u1,2026-03-05 14:03',
    '2026-1,1,u1,2026-02-30 14:03',
  ]
  const bytes = Buffer.from(`class,no,account,time\n${rows.join('\n')}\n`)

  const { accepted, pieces } = await run(checkInsIn(bytes, source, ground.config.xapiIriBase))

  t.equal(accepted, 3)
  t.match(
    pieces.map(({ line, errors }) => [line, errors[0]?.code]).sort(([a], [b]) => Number(a) - Number(b)),
    [
      [4, 'pii-in-statement'],
      [6, 'invalid-iri'],
      [7, 'invalid-timestamp'],
    ],
  )
  const objects = (await find()).map(({ object }) => (object as { id: string }).id)
  t.ok(
    objects.includes(`${ground.config.xapiIriBase}activities/session/${encodeURIComponent('../../x?y#z')}/1`),
  )
  t.equal(new Set(objects).size, 2)
})
