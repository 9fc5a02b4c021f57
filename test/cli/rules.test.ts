// @lane embedded
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { freshDatabaseUrl } from '../support/database.ts'
import { houseOn } from '../support/house.ts'

t.setTimeout(600_000)

const { url } = await freshDatabaseUrl(t)
const house = await houseOn(t, url)
const folder = t.testdir({})
const name = '区外平台'
const base = house.env

/** Runs a command with the token of an account. */
async function asWhom(token: string, ...args: string[]) {
  house.env.XUESHI_TOKEN = token
  const answer = await house.run(...args)
  delete base.XUESHI_TOKEN
  return { code: answer.code, ...answer.json }
}

const tokens: Record<string, string> = {}
t.before(async () => {
  await house.must('source', 'add', '--name', name, '--preset', 'h5p', '--actor-home-page', '*')
  for (const login of ['maker', 'second']) {
    await house.must('admin', 'add', '--login', login, '--role', 'district_admin')
    const made = await house.must(
      'token',
      'create',
      '--login',
      login,
      '--scope',
      'read',
      'write',
      '--days',
      '1',
    )
    tokens[login] = made.token
  }
  await writeFile(join(folder, 'rules.yaml'), 'pass: {by: success, failed_after_passed: withdraw}\n')
  await writeFile(join(folder, 'bad.yaml'), 'preset: h5p\ncompletions: []\n')
})

t.test('rules try answers its keys, and names what is wrong with a file', async (t) => {
  const tried = await house.must('rules', 'try', '--source', name, '--file', join(folder, 'rules.yaml'))
  const bad = await house.run('rules', 'try', '--source', name, '--file', join(folder, 'bad.yaml'))

  t.match(tried, { statements: 0, changed: 0, newly_credited: 0, no_longer_credited: 0, samples: [] })
  t.match(tried, { teachers_newly_met: 0, teachers_no_longer_met: 0, requirements: [], closed_periods: [] })
  t.equal(bad.code, 1)
  t.match(bad.json, { error: { code: 'rules-invalid', errors: [{ pointer: '/completions' }] } })
})

t.test('rules are proposed by one account and approved by another', async (t) => {
  const file = join(folder, 'rules.yaml')
  const propose = [
    'rules',
    'propose',
    '--source',
    name,
    '--file',
    file,
    '--from',
    '2026-01-01',
    '--as',
    'maker',
  ]
  const approve = ['rules', 'approve', '1', '--source', name]
  const nobody = await house.run(...propose)
  const another = await asWhom(tokens.second ?? '', ...propose)
  const proposed = await asWhom(tokens.maker ?? '', ...propose)
  const own = await asWhom(tokens.maker ?? '', ...approve, '--as', 'maker')
  const approved = await asWhom(tokens.second ?? '', ...approve, '--as', 'second')

  t.equal(nobody.code, 2)
  t.match(another, { code: 1, error: { code: 'token-refused' } })
  t.match(proposed, { code: 0, version: 1, state: 'proposed', made_by: 'login:maker' })
  t.match(own, { code: 1, error: { code: 'rules-same-person' } })
  t.match(approved, { code: 0, version: 1, state: 'active', checked_by: 'login:second', statements: 0 })
  t.match(await house.must('rules', 'list', '--source', name), {
    preset: 'h5p',
    versions: [{ version: 1 }],
    read_as: [],
  })
})

t.test('an alias needs an offering that is there', async (t) => {
  const at = ['--source', name, '--activity', 'https://lms.example/c/1']
  const refused = await house.run('source', 'alias', 'add', ...at, '--offering', 'KC-0')

  t.equal(refused.code, 1)
  t.match(refused.json, { error: { code: 'offering-unknown' } })
  t.strictSame(await house.must('source', 'alias', 'list', '--source', name), { aliases: [] })
})
