import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { sumOf } from '../../foundation/database/codec.ts'
import { freshDatabaseUrl } from '../support/database.ts'
import { houseOn, until } from '../support/house.ts'
import { aStatement, withoutId } from '../xapi-bridge/statement-examples.ts'

t.setTimeout(600_000)

const folder = await mkdtemp(join(tmpdir(), 'xueshi-import-'))
t.teardown(() => rm(folder, { recursive: true, force: true }))
const { url, db } = await freshDatabaseUrl(t)
const house = await houseOn(t, url)
await house.must('source', 'add', '--name', 'lms', '--preset', 'adl', '--actor-home-page', '*')

const count = async () => sumOf((await db('statement').count({ n: '*' }).first())?.n)

t.test('an import whose process is killed, twice, is finished by running it again', async (t) => {
  const total = 12_000
  const path = join(folder, 'large.ndjson')
  const lines = Array.from({ length: total }, (_, n) =>
    JSON.stringify(n % 2 === 0 ? aStatement() : withoutId(aStatement())),
  )
  await writeFile(path, lines.join('\n'))

  for (const reached of [1_000, 4_000]) {
    const running = house.start('statements', 'import', path, '--source', 'lms')
    await until('some of the file is stored', async () => (await count()) >= reached)
    await running.kill('SIGKILL')
    t.ok((await count()) < total, 'it was killed in the middle')
  }
  const before = await count()
  const done = await house.must('statements', 'import', path, '--source', 'lms')
  const again = await house.must('statements', 'import', path, '--source', 'lms')

  t.match(done, { accepted: total - before, duplicate: before, refused: 0 })
  t.match(again, { accepted: 0, duplicate: total, refused: 0 })
  t.equal(await count(), total)
  const traces = await db('audit_event').where('action', 'like', 'statements-import%').select('action')
  t.equal(traces.filter(({ action }) => action === 'statements-import-begun').length, 4)
  t.equal(traces.filter(({ action }) => action === 'statements-imported').length, 2)
})
