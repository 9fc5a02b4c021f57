// @lane embedded
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createLog } from '../../foundation/log.ts'
import { systemClock } from '../../foundation/time.ts'
import { createRejects } from '../../xapi-bridge/dead-letter/keep.ts'
import { sourceByName } from '../../xapi-bridge/sources/source.ts'
import { freshDatabaseUrl } from '../support/database.ts'
import { houseOn } from '../support/house.ts'
import { aStatement, type Json, withoutId } from '../xapi-bridge/statement-examples.ts'

t.setTimeout(600_000)

const folder = await mkdtemp(join(tmpdir(), 'xueshi-statements-'))
t.teardown(() => rm(folder, { recursive: true, force: true }))
const { url, db } = await freshDatabaseUrl(t)
const house = await houseOn(t, url)
await house.must('source', 'add', '--name', 'lms', '--preset', 'adl', '--actor-home-page', '*')

async function file(name: string, statements: unknown[]): Promise<string> {
  const path = join(folder, name)
  await writeFile(
    path,
    statements.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n'),
  )
  return path
}

/** Keeps a refused request as the endpoint does, and says its id. */
async function aRejected(statements: Json[], code: 'invalid-mailbox' | 'wrong-type'): Promise<string> {
  const source = await sourceByName(db, 'lms')
  const rejects = createRejects({ db, log: createLog('silent') })
  return rejects.keep({
    sourceId: source?.id as string,
    receivedAt: systemClock(),
    status: 400,
    method: 'POST',
    version: '1.0.3',
    via: 'push',
    addressId: null,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(statements)),
    faults: [{ index: 0, pointer: '/actor/mbox', code }],
  })
}

const faulty = (): Json => ({
  ...withoutId(aStatement()),
  actor: { mbox: `t-${randomUUID()}@school.example` },
})

t.test(
  'statements import takes the good ones, names the bad ones, and adds nothing the second time',
  async (t) => {
    const path = await file('export.ndjson', [
      aStatement(),
      withoutId(aStatement()),
      { ...aStatement(), verb: {} },
      '{',
    ])

    const first = await house.run('statements', 'import', path, '--source', 'lms')
    const again = await house.run('statements', 'import', path, '--source', 'lms')

    t.equal(first.code, 0)
    t.match(first.json, {
      accepted: 2,
      duplicate: 0,
      refused: 2,
      refused_file: join(folder, 'export.refused.ndjson'),
    })
    t.match(again.json, { accepted: 0, duplicate: 2, refused: 2 })
    const lines = (await readFile(first.json.refused_file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    t.match(
      lines.sort((a, b) => a.line - b.line),
      [
        { line: 3, errors: [{ pointer: '/verb/id', code: 'missing-property' }], statement: { verb: {} } },
        { line: 4, errors: [{ code: 'invalid-json' }], text: '{' },
      ],
    )
    t.equal((await stat(first.json.refused_file)).mode & 0o077, 0, 'for its owner alone')
  },
)

t.test('statements import of check-ins, to a file of its own', async (t) => {
  const path = join(folder, 'check-ins.csv')
  await writeFile(
    path,
    'class,no,account,home_page,time\nC-1,1,u1,https://d.example,2026-03-05 14:00\nC-1,1,,,x\n',
  )

  const { code, json } = await house.run(
    ...['statements', 'import', path, '--source', 'lms', '--refused', join(folder, 'elsewhere.ndjson')],
  )

  t.equal(code, 0)
  t.match(json, { accepted: 1, refused: 1, refused_file: join(folder, 'elsewhere.ndjson') })
  t.match(JSON.parse(await readFile(json.refused_file, 'utf8')), { line: 3, row: { class: 'C-1' } })
})

t.test('what is refused never overwrites the file that is imported', async (t) => {
  const path = await file('precious.ndjson', [aStatement(), '{'])
  await symlink(path, join(folder, 'alias.ndjson'))
  for (const refused of [path, join(folder, '.', 'precious.ndjson'), join(folder, 'alias.ndjson')]) {
    const answer = await house.run('statements', 'import', path, '--source', 'lms', '--refused', refused)
    t.match(answer, { code: 2, json: { error: { code: 'bad-usage' } } })
  }
  t.match(await readFile(path, 'utf8'), /\n\{$/)
})

t.test('an import of which nothing could be taken, or that is cut off, exits 1', async (t) => {
  const bad = await house.run('statements', 'import', await file('bad.ndjson', ['{', '7']), '--source', 'lms')
  t.equal(bad.code, 1)
  t.match(bad.json, { accepted: 0, duplicate: 0, refused: 2 })
  const cut = await file('cut.json', [`[${JSON.stringify(aStatement())},`, '{"actor":'])
  const half = await house.run('statements', 'import', cut, '--source', 'lms')
  t.equal(half.code, 1)
  t.match(half.json, { accepted: 1, refused: 1, ended_at_line: 2 })
  const absent = await house.run('statements', 'import', join(folder, 'absent'), '--source', 'lms')
  t.match(absent, { code: 1, json: { error: { code: 'file-unreadable' } } })
  const unknown = await house.run('statements', 'import', cut, '--source', 'nobody')
  t.match(unknown, { code: 1, json: { error: { code: 'source-unknown' } } })
})

t.test('statements rejected lists what was refused, and shows one', async (t) => {
  const id = await aRejected([faulty()], 'invalid-mailbox')

  const list = await house.must('statements', 'rejected', '--source', 'lms', '--code', 'invalid-mailbox')
  const one = await house.must('statements', 'rejected', id)

  t.ok(list.inputs.some((input: { rejected_id: string }) => input.rejected_id === id))
  t.ok(list.open_by_code['invalid-mailbox'] >= 1)
  await house.must('source', 'add', '--name', 'quiet', '--preset', 'adl', '--actor-home-page', '*')
  t.strictSame((await house.must('statements', 'rejected', '--source', 'quiet')).open_by_code, {})
  t.match(one, { state: 'open', source: 'lms', statements: [{ faults_after: [{ pointer: '/actor/mbox' }] }] })
  t.equal((await house.run('statements', 'rejected', '--code', 'nonsense')).code, 2)
  t.equal((await house.run('statements', 'rejected', '--state', 'nonsense')).code, 2)
})

t.test('statements replay mends and stores, by id, by fault and by source', async (t) => {
  const [byId, byCode] = [
    await aRejected([faulty()], 'invalid-mailbox'),
    await aRejected([faulty()], 'invalid-mailbox'),
  ]
  const unmended = await aRejected([{ ...faulty(), verb: {} }], 'wrong-type')
  const out = join(folder, 'replay.refused.ndjson')
  const mail = ['--mending', 'add-mailto', '--refused', out]

  const dry = await house.must('statements', 'replay', byId, ...mail, '--dry-run')
  const first = await house.must('statements', 'replay', byId, ...mail, '--reason', '补 mailto')
  const again = await house.must('statements', 'replay', byId, ...mail)
  t.match(dry, { ready: 1, accepted: 0, dry_run: true })
  t.match(first, { accepted: 1, duplicate: 0, refused: 0, refused_file: null })
  t.match(again, { accepted: 0, duplicate: 1 })

  const all = await house.must('statements', 'replay', '--code', 'invalid-mailbox', ...mail)
  t.ok(all.accepted >= 1)
  t.match(await house.must('statements', 'rejected', byCode), {
    state: 'mended',
    replayed: [{ changes: ['add-mailto'] }],
  })

  const rest = await house.run('statements', 'replay', '--all-of', 'lms', ...mail)
  t.equal(rest.code, 1)
  t.match(rest.json, { accepted: 0, refused: 1, refused_file: out })
  t.match(JSON.parse((await readFile(out, 'utf8')).trim()), {
    rejected_id: unmended,
    index: 0,
    errors: [{ pointer: '/verb/id' }],
    statement: { actor: { mbox: /^mailto:/ } },
  })
  const edits = await file('edits.json', [[{ index: 0, statement: aStatement() }]])
  t.match(await house.must('statements', 'replay', unmended, '--edits', edits), { accepted: 1 })
})

t.test('statements dismiss sets aside; what is neither named nor chosen is wrong usage', async (t) => {
  const id = await aRejected([faulty()], 'invalid-mailbox')

  t.match(await house.must('statements', 'dismiss', id, '--reason', '测试数据'), { dismissed: 1 })
  t.match(await house.must('statements', 'rejected', id), { state: 'dismissed', settled_reason: '测试数据' })
  t.match((await house.run('statements', 'replay', id, '--refused', join(folder, 'r.ndjson'))).json, {
    accepted: 0,
    refused: 1,
  })
  for (const args of [
    ['statements', 'replay'],
    ['statements', 'replay', id, '--code', 'wrong-type'],
    ['statements', 'replay', id, '--mending', 'magic'],
    ['statements', 'replay', 'no-id'],
    ['statements', 'import', 'x'],
  ])
    t.equal((await house.run(...args)).code, 2, args.join(' '))
})
