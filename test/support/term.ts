import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { connect } from '../../foundation/database/connect.ts'
import { buckets } from '../../ledger/books/words.ts'
import type { Course, Emitter, Learner, Sent } from './emitters/emitter.ts'
import { emitters, type Term, type Traffic, termOf } from './emitters/term.ts'
import { type House, houseOn, until } from './house.ts'
import { plainPolicy } from './small-district.ts'

/** A source as `source add` has shown it. */
interface Entrance {
  source_id: string
  key: string
  secret: string
  endpoint: string
}

/** Words of a receipt that account for a statement. */
const accounted = /^(claimed|evidence|ignored|parked|quarantined|withdrawn|dismissed)$/

/**
 * Plays a term of every platform against running processes, with all their faults, and holds the book against the hours
 * that were right before anything was told.
 */
export async function playTerm(
  t: Test,
  url: string,
  { seed, size }: { seed: string; size: number },
): Promise<void> {
  t.comment(`seed ${seed}`)
  const folder = await mkdtemp(join(tmpdir(), 'xueshi-term-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const house = await houseOn(t, url, { LOG_LEVEL: 'silent' })
  const term = termOf(seed, size, new Date())
  await layOut(house, folder, term)
  const entrances = new Map<Emitter, Entrance>()
  for (const emitter of emitters) entrances.set(emitter, await enter(house, emitter))
  await house.must('identity', 'link', '--file', await linksFile(folder, term.learners))

  const serving = await house.serve()
  const working = house.start('work')
  const receipts = new Map<Emitter, Set<string>>()
  await Promise.all(
    term.traffic.map(async (traffic) => {
      const entrance = entrances.get(traffic.emitter) as Entrance
      receipts.set(traffic.emitter, await push(t, traffic, entrance))
    }),
  )
  await until(
    'the queues are settled',
    async () => {
      const status = await house.run('queue', 'status')
      return status.code === 0 && status.json.settled === true && status.json.inbox_ready === 0
    },
    300,
  )
  t.strictSame(await hoursIn(url), nonZero(term.rightHours), 'everybody holds exactly the right hours')
  for (const [emitter, all] of receipts)
    await checkReceipts(t, emitter, entrances.get(emitter) as Entrance, all)
  const verified = await house.must('ledger', 'verify')
  t.strictSame(verified.findings, [], 'the book agrees with itself')
  await Promise.all([serving.kill('SIGTERM'), working.kill('SIGTERM')])
}

async function layOut(house: House, folder: string, term: Term): Promise<void> {
  const file = (name: string, text: string) => written(folder, name, text)
  await house.must('migrate')
  const teachers = term.learners.map(({ teacherNo }) => teacherNo)
  await house.must(
    'roster',
    'import',
    await file('schools.csv', '单位编号,学校名称,类型\nS1,测试小学,小学\n'),
    await file(
      'teachers.csv',
      `教师编号,姓名,状态\n${teachers.map((no) => `${no},测试甲,在岗`).join('\n')}\n`,
    ),
    await file(
      'employment.csv',
      `教师编号,单位编号,岗位,起,止\n${teachers.map((no) => `${no},S1,教师,2020-09-01,`).join('\n')}\n`,
    ),
  )
  await house.must('catalogue', 'import', await file('catalogue.yaml', catalogueOf(term)))
  const presets = [...new Set(emitters.map(({ preset }) => preset))].join(', ')
  const policy = plainPolicy.replace(/automatic: \[[^\]]*\]/, `automatic: [${presets}]`)
  await house.must('policy', 'add', await file('policy.yaml', policy))
  await house.must('policy', 'activate', 'test.plain', '--from', '2020-01-01')
}

async function written(folder: string, name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

function catalogueOf({ from, to }: Term): string {
  const day = (date: Date) => date.toISOString().slice(0, 10)
  const offering = (emitter: Emitter, { code, milliHours, passMark, ids, contains }: Course) => ({
    code,
    title: `测试课程 ${code}`,
    category: '师德与素养',
    form: '网络研修',
    audience: 'all',
    hours: String(milliHours / 1000),
    award_basis: 'fixed_on_pass',
    approval_mode: 'auto',
    ...(passMark !== null && { pass_mark: passMark }),
    ...(contains && { contains }),
    activities: ids.map((id) => ({ source: emitter.name, id })),
    classes: [{ code: `${code}-1`, from: day(from), to: day(to) }],
  })
  const offerings = emitters.flatMap((emitter) => emitter.courses.map((course) => offering(emitter, course)))
  const project = {
    project_no: 'XM-1',
    title: '测试项目',
    organisers: ['测试区教师发展中心'],
    recognition_level: 'district',
    approved_on: day(new Date(from.getTime() - 86_400_000 * 30)),
    offerings,
  }
  // YAML reads JSON.
  return JSON.stringify({ schema: 'xueshi-catalogue/1', projects: [project] })
}

async function enter(house: House, { name, preset, homePages }: Emitter): Promise<Entrance> {
  const pages = homePages.flatMap((page) => ['--actor-home-page', page])
  return house.must('source', 'add', '--name', name, '--preset', preset, '--on-void', 'auto', ...pages)
}

function linksFile(folder: string, learners: Learner[]): Promise<string> {
  const rows = emitters.flatMap((emitter) =>
    learners.map((learner) => {
      const name = emitter.nameOf(learner)
      return 'mbox' in name
        ? `${learner.teacherNo},,,${name.mbox}`
        : `${learner.teacherNo},${name.homePage},${name.name},`
    }),
  )
  return written(folder, 'links.csv', `teacher_no,home_page,name,mbox\n${rows.join('\n')}\n`)
}

async function push(t: Test, { emitter, batches, refused, conflicting }: Traffic, entrance: Entrance) {
  const authorization = await authorizationOf(emitter, entrance)
  const post = (body: unknown) =>
    fetch(`${entrance.endpoint}/statements`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', 'x-experience-api-version': '1.0.3' },
      body: JSON.stringify(body),
    })
  const receipts = new Set<string>()
  for (const batch of batches) {
    const answer = await post(batch)
    if (answer.status !== 200) throw new Error(`${emitter.name}: ${answer.status} ${await answer.text()}`)
    const receipt = answer.headers.get('x-xueshi-receipt')
    if (receipt) receipts.add(receipt)
  }
  for (const one of refused) {
    const answer = await post(one)
    t.equal(answer.status, 400, `${emitter.name}: what is not valid is refused`)
    t.ok(answer.headers.get('x-xueshi-receipt'), 'and kept under a receipt')
  }
  for (const { first, second } of conflicting) {
    await post(first)
    const answer = await post(second)
    t.equal(answer.status, 409, `${emitter.name}: another statement under a known id is refused`)
  }
  return receipts
}

async function authorizationOf(emitter: Emitter, { key, secret, endpoint }: Entrance): Promise<string> {
  const basic = `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`
  if (emitter.enters !== 'oauth') return basic
  const answer = await fetch(new URL('/oauth/token', endpoint), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: key, client_secret: secret }),
  })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  return `Bearer ${token}`
}

async function hoursIn(url: string): Promise<Record<string, number>> {
  const db = connect(url)
  try {
    const rows: { teacher_no: string; hours: unknown }[] = await db('entry as e')
      .join('account as a', 'a.account_id', 'e.account_id')
      .join('teacher as t', 't.teacher_id', 'a.teacher_id')
      .where('e.bucket', buckets.code('counted'))
      .groupBy('t.teacher_no')
      .select('t.teacher_no')
      .sum({ hours: 'e.milli_hours' })
    return sorted(rows.map(({ teacher_no, hours }) => [teacher_no, Number(hours)]))
  } finally {
    await db.destroy()
  }
}

function nonZero(hours: Map<string, number>): Record<string, number> {
  return sorted([...hours])
}

function sorted(entries: [string, number][]): Record<string, number> {
  return Object.fromEntries(entries.filter(([, hours]) => hours !== 0).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Each statement that was taken must be accounted for: credited, folded, evidence, or waiting with a reason. */
async function checkReceipts(
  t: Test,
  emitter: Emitter,
  entrance: Entrance,
  receipts: Set<string>,
): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${entrance.key}:${entrance.secret}`).toString('base64')}`
  const counts: Record<string, number> = {}
  const unexplained: Sent[] = []
  for (const receipt of receipts) {
    const address = new URL(`/api/sources/${entrance.source_id}/receipts/${receipt}`, entrance.endpoint)
    const answer = await fetch(address, { headers: { authorization } })
    const { statements } = (await answer.json()) as { statements: Sent[] }
    for (const line of statements) {
      const word = `${line.status}${line.code ? ` ${line.code}` : line.why ? ` ${line.why}` : ''}`
      counts[word] = (counts[word] ?? 0) + 1
      const needsCode = line.status === 'parked' || line.status === 'quarantined'
      if (!accounted.test(String(line.status)) || (needsCode && !line.code)) unexplained.push(line)
    }
  }
  t.comment(`${emitter.name} ${JSON.stringify(counts)}`)
  t.strictSame(unexplained, [], `${emitter.name}: every statement is accounted for`)
  t.ok(Object.keys(counts).length > 1, `${emitter.name}: not all of them the same`)
}
