import t, { type Test } from 'tap'
import { subjectOf } from '../../demo/platform/people.ts'
import { idBytes } from '../../foundation/database/codec.ts'
import { asInstant, dayOf, instantOf } from '../../foundation/time.ts'
import { importRoster } from '../../ledger/roster/import.ts'
import { linkTeacher } from '../../ledger/roster/link-file.ts'
import { schoolByOrgNo } from '../../ledger/roster/people.ts'
import { askForRosters } from '../../lti-tool/rosters/ask.ts'
import { listRosters, membersOf } from '../../lti-tool/rosters/list.ts'
import { nextNight } from '../../lti-tool/rosters/night.ts'
import { rosterSteps } from '../../lti-tool/rosters/steps.ts'
import { aRoster } from '../support/roster.ts'
import { scoreWorld } from './scores-world.ts'

t.setTimeout(120_000)
const bare = {
  id: 'bare',
  title: { zh: '另一门课程', en: 'another' },
  about: { zh: '', en: '' },
  offeringCode: null,
  deploymentIds: ['1'],
}
const world = await scoreWorld(t, { courses: [bare], people: 230 })
const { ground, platform } = world
const today = dayOf(ground.now())
const steps = rosterSteps(ground, { deadlineMs: 1_500 })

async function work(): Promise<void> {
  const { signal } = new AbortController()
  for (const step of steps) for (let more = 1; more > 0; ) more = await step.run(signal)
}

const roster = async (title = '课程 kc') => {
  const found = (await listRosters(ground.db)).find(({ courseTitle }) => courseTitle === title)
  if (!found) throw new Error(`no roster of ${title}`)
  return found
}
const members = async () => membersOf(ground.db, (await roster()).id, { schools: 'all', today })
const requests = (since: number) => platform.journal(since).filter(({ url }) => url.includes('/memberships'))
/** Pages that were asked for: the client of ltijs asks for one again by itself when a connection is cut. */
const pagesAsked = (since: number) => new Set(requests(since).map(({ url }) => url)).size

/** Reads the roster again, with the platform spoilt as said. */
async function readAgain(t: Test, ...modes: string[]): Promise<number> {
  platform.setModes(modes)
  t.teardown(() => platform.setModes([]))
  const mark = world.mark()
  await askForRosters(ground, (await roster()).id, 'os:tester')
  await work()
  return mark
}

t.test('A29: a roster is read over three pages, with the scope it needs and no more', async (t) => {
  const { person } = await world.teacher()
  const mark = world.mark()
  await world.launch(person)

  await work()

  t.match(await roster(), { state: 'good', code: null, members: 231, unlinked: 230 })
  const asked = requests(mark)
  t.equal(asked.length, 3)
  t.ok(
    asked.every(
      ({ headers }) => headers.accept === 'application/vnd.ims.lti-nrps.v2.membershipcontainer+json',
    ),
  )
  const [token] = platform.journal(mark).filter(({ url }) => url === '/lti/token')
  t.equal(
    (token?.body as { scope?: string } | undefined)?.scope,
    'https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly',
  )
  const found = (await members()).find(({ sub }) => sub === subjectOf(person))
  t.match(found, { sharedName: '测试1', launchRoles: ['learner'], status: 'active', absentSince: null })
  t.ok(found?.teacher, 'who is linked is shown as the teacher she is')
})

t.test('who is inactive on the platform is on the roster as inactive', async (t) => {
  t.equal((await members()).filter(({ status }) => status === 'inactive').length, 1)
})

t.test(
  'A29: short names of roles mean what the long ones mean; a roster without names is a roster',
  async (t) => {
    await readAgain(t, 'nrps:short-roles', 'nrps:no-names')

    const all = await members()
    t.match(await roster(), { state: 'good', members: 231 })
    t.ok(all.every(({ launchRoles, sharedName }) => launchRoles.includes('learner') && sharedName === null))
    await readAgain(t)
    t.match((await members()).filter(({ sharedName }) => sharedName !== null).length, 231)
  },
)

t.test('A29: the shapes of Moodle are a roster', async (t) => {
  await readAgain(t, 'moodle')

  t.match(await roster(), { state: 'good', members: 231, unlinked: 230 })
  await readAgain(t)
})

t.test('who leaves the roster is noted as absent, stays known, and may come back', async (t) => {
  const { person, sub } = await world.teacher()
  platform.enrol('kc', person, null)
  await readAgain(t)
  const gone = (await members()).find((one) => one.sub === sub)
  t.ok(gone?.absentSince)
  t.match(await roster(), { members: 230, absent: 1 })

  platform.enrol('kc', person, 'Active')
  await readAgain(t)

  t.equal((await members()).find((one) => one.sub === sub)?.absentSince, null)
})

for (const [mode, code] of [
  ['nrps:foreign-next', 'FOREIGN_HOST'],
  ['nrps:loop', 'LOOP'],
  ['nrps:duplicate', 'DUPLICATE'],
  ['nrps:html', 'UNREADABLE'],
  ['nrps:huge', 'TOO_LARGE'],
  ['nrps:403', 'FORBIDDEN'],
  ['nrps:503', 'FAILING'],
  ['nrps:hang', 'TIMEOUT'],
  ['nrps:401', 'UNAUTHENTICATED'],
] as const) {
  t.test(`${mode.includes('foreign') ? 'R40: ' : ''}${mode}: the last good roster stays`, async (t) => {
    const before = await roster()

    const mark = await readAgain(t, mode)

    const after = await roster()
    t.match(after, { state: 'failed', code, members: before.members, readAt: before.readAt })
    t.equal((await members()).filter(({ absentSince }) => absentSince !== null).length, after.absent)
    t.equal(after.absent, before.absent)
    t.ok(requests(mark).length <= 3)
  })
}

t.test('after one 401 a fresh token is taken, and the roster read', async (t) => {
  platform.withdrawTokens()

  await readAgain(t)

  t.match(await roster(), { state: 'good' })
})

t.test('what fails for a moment is tried again soon, what will not pass by itself at night', async (t) => {
  await readAgain(t, 'nrps:503')
  t.ok((await roster()).nextAt < ground.now() + 60_000_000)
  await readAgain(t, 'nrps:403')
  t.ok((await roster()).nextAt > ground.now() + 60_000_000)
  await readAgain(t)
})

t.test('a roster is read again at night, and once', async (t) => {
  const mark = world.mark()
  await work()
  t.equal(requests(mark).length, 0)

  await world.pass(26 * 3_600_000)
  await work()

  t.equal(pagesAsked(mark), 3)
})

t.test('the roster of a course that is over is read on demand only', async (t) => {
  const { id, launchedAt } = await roster()
  const row = () => ground.db('platform_roster').where({ roster_id: idBytes(id) })
  await row().update({ launched_at: launchedAt - 201 * 86_400_000_000 })
  t.teardown(() => row().update({ launched_at: launchedAt }))
  const mark = world.mark()

  await row().update({ next_at: 1 })
  // Finding would meet the launch again, which is not that old.
  await steps.find(({ name }) => name === 'roster-reading')?.run(new AbortController().signal)
  t.equal(requests(mark).length, 0)
  await readAgain(t)

  t.equal(pagesAsked(mark), 3)
})

t.test('a night begins at two o’clock of the district, for each roster at a moment of its own', (t) => {
  const noon = instantOf('2026-03-05T12:00:00+08:00')
  t.equal(nextNight(noon, 'Asia/Shanghai', 0), instantOf('2026-03-06T02:00:00+08:00'))
  t.equal(nextNight(noon, 'Asia/Shanghai', 0.5), instantOf('2026-03-06T03:00:00+08:00'))
  const late = instantOf('2026-03-06T01:59:00+08:00')
  t.equal(nextNight(late, 'Asia/Shanghai', 0), instantOf('2026-03-06T02:00:00+08:00'))
  t.equal(nextNight(asInstant(late + 60_000_000), 'Asia/Shanghai', 0), instantOf('2026-03-07T02:00:00+08:00'))
  t.end()
})

t.test('a name proposes a teacher to the district and links nobody', async (t) => {
  const { teacherId } = await world.teacher()
  const namesake = await world.teacher()
  await ground
    .db('teacher')
    .where({ teacher_id: idBytes(teacherId) })
    .update({ name: '测试200', name_key: '测试200' })
  const links = await ground.db('identity_link').count({ n: '*' })

  await readAgain(t)

  const one = (await members()).find(({ sharedName }) => sharedName === '测试200')
  t.equal(one?.teacher, null)
  t.match(one?.proposals, [{ teacher: { teacherId }, reasons: ['name'] }])
  t.strictSame(await ground.db('identity_link').count({ n: '*' }), links)
  t.ok(namesake)
})

t.test('a school sees its own teachers, and no proposals', async (t) => {
  const some = aRoster()
  await importRoster(ground, some.files(), { actor: 'os:tester' })
  const sub = subjectOf('teacher-120')
  await linkTeacher(ground, {
    teacherNo: some.no('T0001'),
    identifier: { kind: 'account', homePage: platform.issuer, name: sub },
    actor: 'os:tester',
    reason: 'test',
  })
  const own = await schoolByOrgNo(ground.db, some.no('S01'))
  const other = await schoolByOrgNo(ground.db, some.no('S02'))
  const seenBy = async (school: typeof own) =>
    membersOf(ground.db, (await roster()).id, { schools: [school?.schoolId ?? ''], today })

  t.match(await seenBy(own), [{ sub, teacher: { teacherNo: some.no('T0001') }, proposals: [] }])
  t.strictSame(await seenBy(other), [])
})
