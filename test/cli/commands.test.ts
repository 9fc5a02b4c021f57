// @lane embedded
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { freshDatabaseUrl } from '../support/database.ts'
import { houseOn } from '../support/house.ts'
import { layOutDistrict } from '../support/small-district.ts'

t.setTimeout(600_000)

const folder = await mkdtemp(join(tmpdir(), 'xueshi-cli-'))
t.teardown(() => rm(folder, { recursive: true, force: true }))
const { url } = await freshDatabaseUrl(t)
const house = await houseOn(t, url)
const district = await layOutDistrict(house, folder, { teachers: 3, offerings: 2 })

async function file(name: string, text: string | Buffer): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

/** The keys that people outside rely on are all there. */
function hasKeys(answer: object, keys: string): string[] {
  return keys.split(' ').filter((key) => !(key in answer))
}

t.test('commands answer the keys that are promised', async (t) => {
  const answers: [string, string[]][] = [
    [
      'policies findings',
      ['policy', 'add', await file('again.yaml', (await readFile('policies/parents.yaml')).toString())],
    ],
    ['projects offerings classes sessions', ['catalogue', 'import', join(folder, 'catalogue.yaml')]],
    [
      'schools teachers employments unchanged failed failed_rows_file',
      ['roster', 'import', join(folder, 'teachers.csv')],
    ],
    [
      'source_id key secret endpoint',
      ['source', 'add', '--name', 'b', '--preset', 'cmi5', '--actor-home-page', '*'],
    ],
    ['links released failed failed_rows_file', ['identity', 'link', '--file', join(folder, 'links.csv')]],
    ['link_id released', ['identity', 'link', '--teacher', 'T00001', '--mbox', 'a@b.example']],
    [
      'teacher_no name as_of window unit claimed counted excess pending by_category by_level requirements entries',
      ['transcript', '--teacher', 'T00001'],
    ],
    ['items total', ['queue', 'list']],
    ['settled stored_through converted_through waiting inbox_ready', ['queue', 'status']],
    ['ok accounts postings findings', ['ledger', 'verify']],
    ['anchor_no root', ['ledger', 'anchor', '--out', join(folder, 'anchor.json')]],
    ['ok accounts postings findings', ['ledger', 'verify', '--anchor', join(folder, 'anchor.json')]],
    ['claims', ['claim', 'list', '--status', 'awaiting_check']],
    ['login one_time_password', ['admin', 'add', '--login', 'chief', '--role', 'district_admin']],
    ['token', ['token', 'create', '--login', 'chief', '--scope', 'read', '--days', '30']],
    ['sources', ['source', 'list']],
    ['platforms', ['platform', 'list']],
    ['links', ['identity', 'list', '--teacher', 'T00001']],
    ['waiting', ['identity', 'list']],
  ]
  for (const [keys, args] of answers) {
    const { code, json } = await house.run(...args)
    t.equal(code, 0, args.join(' '))
    t.strictSame(hasKeys(json, keys), [], `${args.slice(0, 2).join(' ')} answers ${keys}`)
  }
})

t.test('a refusal exits 1 and says what is wrong and what to do', async (t) => {
  const refusals: [RegExp, string[]][] = [
    [/teacher-unknown/, ['transcript', '--teacher', 'NOBODY']],
    [/window-invalid/, ['transcript', '--teacher', 'T00001', '--window', 'whenever']],
    [/file-unreadable/, ['roster', 'import', join(folder, 'absent.csv')]],
    [/roster-unreadable/, ['roster', 'import', await file('noise.csv', Buffer.from([0, 1, 2, 3]))]],
    [
      /policy/,
      [
        'policy',
        'add',
        await file('bad-policy.yaml', 'schema: district-credit-policy/1\nid: x\nsurprise: 1\n'),
      ],
    ],
    [/policy-unknown/, ['policy', 'activate', 'nowhere', '--from', '2026-01-01']],
    [/source/, ['source', 'add', '--name', 'lms', '--preset', 'adl', '--actor-home-page', '*']],
    [/file-exists/, ['ledger', 'anchor', '--out', join(folder, 'anchor.json')]],
    [/anchor-invalid/, ['ledger', 'verify', '--anchor', await file('no-anchor.json', '{}')]],
    [/reason-missing/, ['claim', 'reject', '018f3c1e-0000-7000-8000-000000000000']],
    [/login-taken/, ['admin', 'add', '--login', 'chief', '--role', 'inspector']],
    [
      /catalogue/,
      ['catalogue', 'import', await file('bad-catalogue.yaml', 'schema: xueshi-catalogue/1\nprojects: 7\n')],
    ],
    [/course-missing/, ['course', 'import', join(folder, 'no-such-course')]],
  ]
  for (const [code, args] of refusals) {
    const answer = await house.run(...args)
    t.equal(answer.code, 1, args.join(' '))
    t.match(
      answer.json.error?.code ?? JSON.stringify(answer.json),
      code,
      `${args.slice(0, 2).join(' ')}: ${code}`,
    )
    t.ok(answer.json.error?.detail?.length > 10, 'with words')
  }
})

t.test('wrong usage exits 2, help exits 0', async (t) => {
  for (const args of [['nonsense'], ['transcript'], ['admin', 'add', '--login', 'x', '--role', 'king']]) {
    t.equal((await house.run(...args)).code, 2, args.join(' '))
  }
  for (const args of [
    ['policy', 'activate', 'example.district.2026', '--from', '2026-13-01'],
    ['transcript', '--teacher', 'T00001', '--as-of', 'yesterday'],
    ['identity', 'link', '--teacher', 'T00001'],
    ['claim', 'check', 'not-an-id'],
    ['platform', 'activate', 'not-an-id'],
    ['roster', 'undo', 'not-an-id'],
    ['token', 'revoke', 'not-an-id'],
  ]) {
    const { code, json } = await house.run(...args)
    t.equal(code, 2, args.join(' '))
    t.equal(json.error?.code, 'bad-usage')
  }
  for (const args of [['--help'], ['roster', 'import', '--help'], ['ledger', 'verify', '--help']]) {
    t.equal((await house.run(...args)).code, 0, args.join(' '))
  }
})

t.test('decisions of which none was taken exit 1 and say why', async (t) => {
  const claimId = '018f3c1e-0000-7000-8000-000000000000'

  const { code, json } = await house.run('claim', 'recognise', claimId)

  t.equal(code, 1)
  t.match(json, { done: 0, refused: [{ claim_id: claimId, reason: 'CLAIM_UNKNOWN' }] })
})

t.test('a damaged identity number comes back with its row and reason, and is never repaired', async (t) => {
  const rows = [
    '教师编号,姓名,证件类型,证件号码,状态',
    'T90001,测试甲,居民身份证,990101198001010014,在岗',
    'T90002,测试乙,居民身份证,990103199007080000,在岗',
    'T90003,测试丙,居民身份证,9.90103E+17,在岗',
  ]
  const { code, json } = await house.run('roster', 'import', await file('ids.csv', `${rows.join('\n')}\n`))
  t.equal(code, 0)
  t.equal(json.teachers, 1)
  t.equal(json.failed, 2)
  const failed = await readFile(json.failed_rows_file, 'utf8')
  await rm(json.failed_rows_file)
  t.match(failed, /T90002/)
  t.match(failed, /9\.90103E\+17/)
  t.match(failed, /行号/)
  t.equal((await house.run('transcript', '--teacher', 'T90002')).code, 1, 'the damaged row was not taken')
})

t.ok(district.secret.length > 20)
