import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import type { Database } from '../../foundation/database/connect.ts'
import { readMarks } from '../../foundation/database/marks.ts'
import { newId, sha256 } from '../../foundation/ids.ts'
import { instantOf } from '../../foundation/time.ts'
import { decideApproval, decideHours } from '../../ledger/catalogue/decide.ts'
import { offeringFactsOf } from '../../ledger/catalogue/facts.ts'
import { checkCatalogue, importCatalogue } from '../../ledger/catalogue/import.ts'
import { catalogueList } from '../../ledger/catalogue/list.ts'
import { offeringByCode, offeringsAround, offeringsFor, sessionsAt } from '../../ledger/catalogue/offering.ts'
import { freshGround } from '../support/ground.ts'

const actor = 'os:tester'
const iriBase = 'https://xueshi.example/xapi/'

/** One project with an online offering and one with sessions; `key` keeps the codes of each test apart. */
function aCatalogue(
  key: string,
  changes: { hours?: string; approved?: string; more?: string; minutes?: number } = {},
) {
  const { hours = '6', approved = '2026-02-20', minutes = 180 } = changes
  return `schema: xueshi-catalogue/1
projects:
  - project_no: ${key}-XM
    title: 新时代师德专题
    organisers: [示例区教师发展中心]
    recognition_level: district
    approved_on: ${approved}
    offerings:
      - code: ${key}-KC-1
        title: 师德与法治
        category: 师德与素养
        form: 网络研修
        topic: 师德
        audience: all
        hours: "${hours}"
        award_basis: fixed_on_pass
        approval_mode: auto
        pass_mark: 60
        contains: []
        activities:
          - {source: moodle, id: "https://moodle.example/${key}/course/view.php?id=2"}
        package: ${key.toLowerCase()}-kc-1
        classes:
          - {code: 2026-1, from: 2026-03-01, to: 2026-06-30}
      - code: ${key}-KC-2
        title: 课堂观察
        category: 知识与技能
        form: 集中培训
        hours: 7.5
        award_basis: by_attendance
        approval_mode: admin_confirm
        attendance_threshold: 0.80
        classes:
          - code: ${key}-2026-1
            from: 2026-03-01
            to: 2026-06-30
            sessions:
              - {no: 1, starts: "2026-03-05T14:00+08:00", minutes: ${minutes}, place: 一小报告厅, content: 案例研讨, presenter: 王老师}
              - {no: 2, starts: "2026-03-12T14:00+08:00", minutes: 180}
${changes.more ?? ''}`
}

/** A claim in the book, as posting would have left it. */
async function aClaimOn(db: Database, offeringId: string): Promise<string> {
  const accountId = newId()
  await db('claim').insert({
    account_id: idBytes(accountId),
    claim_id: idBytes(newId()),
    seq: 1,
    source_id: idBytes(newId()),
    kind: 1,
    award_key: sha256('a'),
    offering_id: idBytes(offeringId),
    role: 1,
    ended_at: 1,
    ended_on: '2026-05-01',
    content: Buffer.from('{}'),
    content_hash: sha256('{}'),
    raw_ref: 'test',
  })
  return accountId
}

t.test('catalogue', async (t) => {
  const ground = await freshGround(t)
  const { db } = ground

  t.test('a catalogue comes in with every field as it was written', async (t) => {
    const result = await importCatalogue(ground, aCatalogue('A'), { actor })

    t.match(result, { projects: 1, offerings: 2, classes: 2, sessions: 2, changed: 2, warnings: [] })
    t.match(await offeringByCode(db, 'A-KC-1'), {
      title: '师德与法治',
      projectNo: 'A-XM',
      approvedOn: '2026-02-20',
      level: 'district',
      topic: '师德',
      audience: null,
      approvedMilliHours: 6000,
      passMark: '60',
      attendanceThreshold: null,
      packageCode: 'a-kc-1',
      classes: [{ code: '2026-1', from: '2026-03-01', to: '2026-06-30', sessions: [] }],
    })
    t.match(await offeringByCode(db, 'A-KC-2'), {
      approvedMilliHours: 7500,
      attendanceThreshold: '0.8',
      classes: [
        {
          sessions: [
            { no: 1, startsAt: instantOf('2026-03-05T14:00+08:00'), minutes: 180, presenter: '王老师' },
            { no: 2, place: null },
          ],
        },
      ],
    })
  })

  t.test('the same catalogue again makes no further version', async (t) => {
    await importCatalogue(ground, aCatalogue('B'), { actor })
    const versions = await db('offering_version').count('* as n')

    const again = await importCatalogue(ground, aCatalogue('B'), { actor })

    t.equal(again.changed, 0)
    t.strictSame(await db('offering_version').count('* as n'), versions)
  })

  t.test(
    'an activity of a source, and our own addresses, lead to the offering and the session',
    async (t) => {
      await importCatalogue(ground, aCatalogue('C'), { actor })
      const asked = {
        mapped: 'https://moodle.example/C/course/view.php?id=2',
        offering: `${iriBase}activities/offering/C-KC-1`,
        session: `${iriBase}activities/session/C-2026-1/2`,
        unit: `${iriBase}activities/unit/C-KC-1/u3`,
        packageUnit: `${iriBase}activities/unit/c-kc-1/u3`,
        assessment: `${iriBase}activities/assessment/C-KC-1`,
      }

      const found = await offeringsFor(db, {
        sourceName: 'moodle',
        activityIds: Object.values(asked),
        iriBase,
      })

      t.match(found.get(asked.mapped), { code: 'C-KC-1', activity: { kind: 'offering' } })
      t.match(found.get(asked.offering), { code: 'C-KC-1', activity: { kind: 'offering' } })
      const [trainingClass] = (await offeringByCode(db, 'C-KC-2'))?.classes ?? []
      t.match(found.get(asked.session), {
        code: 'C-KC-2',
        activity: {
          kind: 'session',
          trainingClassId: trainingClass?.trainingClassId,
          sessionId: trainingClass?.sessions[1]?.sessionId,
        },
      })
      t.match(found.get(asked.unit), { code: 'C-KC-1', activity: { kind: 'unit' } })
      t.match(found.get(asked.packageUnit), { code: 'C-KC-1', activity: { kind: 'unit' } })
      t.match(found.get(asked.assessment), { code: 'C-KC-1', activity: { kind: 'assessment' } })
    },
  )

  t.test('what means nothing here is not found', async (t) => {
    await importCatalogue(ground, aCatalogue('D'), { actor })
    const activityIds = [
      'https://moodle.example/D/course/view.php?id=3',
      `${iriBase}activities/offering/D-KC-9`,
      `${iriBase}activities/offering/D-KC-1/x`,
      `${iriBase}activities/session/D-2026-1/3`,
      `${iriBase}activities/session/D-2026-1`,
      `${iriBase}activities/project/D-XM`,
      'https://other.example/xapi/activities/offering/D-KC-1',
    ]

    const found = await offeringsFor(db, { sourceName: 'moodle', activityIds, iriBase })
    const ofOther = await offeringsFor(db, {
      sourceName: 'moodle-2',
      activityIds: ['https://moodle.example/D/course/view.php?id=2'],
      iriBase,
    })

    t.equal(found.size, 0)
    t.equal(ofOther.size, 0, 'a name belongs to the source that uses it')
  })

  t.test('a session that two offerings could mean needs the offering to be said', async (t) => {
    const twice = (key: string) => aCatalogue(key).replaceAll(`${key}-2026-1`, 'SHARED-1')
    await importCatalogue(ground, twice('E1'), { actor })
    await importCatalogue(ground, twice('E2'), { actor })
    const iri = `${iriBase}activities/session/SHARED-1/1`

    const ambiguous = await offeringsFor(db, { sourceName: 's', activityIds: [iri], iriBase })
    const said = await offeringsFor(db, {
      sourceName: 's',
      activityIds: [iri],
      iriBase,
      offeringCode: 'E2-KC-2',
    })

    t.equal(ambiguous.size, 0)
    t.equal(said.get(iri)?.code, 'E2-KC-2')
    t.equal((await sessionsAt(db, 'SHARED-1', 1)).length, 2)
  })

  t.test('codes with Chinese characters are known percent-encoded and plain', async (t) => {
    await importCatalogue(ground, aCatalogue('课'), { actor })
    const plain = `${iriBase}activities/offering/课-KC-1`

    const found = await offeringsFor(db, { sourceName: 's', activityIds: [plain, encodeURI(plain)], iriBase })

    t.equal(found.size, 2)
  })

  t.test(
    'a file that leaves offerings out leaves them as they are, but for what their project says',
    async (t) => {
      await importCatalogue(ground, aCatalogue('F', { approved: '' }), { actor })
      t.equal((await offeringByCode(db, 'F-KC-2'))?.approvedOn, null)

      await importCatalogue(
        ground,
        'schema: xueshi-catalogue/1\nprojects: [{project_no: F-XM, title: 师德, recognition_level: city, approved_on: 2026-03-01}]',
        { actor },
      )

      t.match(await offeringByCode(db, 'F-KC-2'), {
        approvedOn: '2026-03-01',
        level: 'city',
        projectTitle: '师德',
      })
    },
  )

  t.test(
    'classes, sessions and activities that the file drops are gone; they come back as the same',
    async (t) => {
      await importCatalogue(ground, aCatalogue('G'), { actor })
      const before = await offeringByCode(db, 'G-KC-2')
      const activityIds = ['https://moodle.example/G/course/view.php?id=2']
      const short = aCatalogue('G')
        .replace(/\n {14}- \{no: 2.*/, '')
        .replace(/\n {8}activities:\n.*/, '')

      await importCatalogue(ground, short, { actor })

      t.equal((await offeringByCode(db, 'G-KC-2'))?.classes[0]?.sessions.length, 1)
      t.equal((await sessionsAt(db, 'G-2026-1', 2)).length, 0)
      t.equal((await offeringsFor(db, { sourceName: 'moodle', activityIds, iriBase })).size, 0)
      await importCatalogue(ground, aCatalogue('G'), { actor })
      t.strictSame(await offeringByCode(db, 'G-KC-2'), before)
      t.equal((await offeringsFor(db, { sourceName: 'moodle', activityIds, iriBase })).size, 1)
    },
  )

  t.test(
    'once there are claims, approved hours and dates are refused and the offering is named',
    async (t) => {
      await importCatalogue(ground, aCatalogue('H'), { actor })
      const online = await offeringByCode(db, 'H-KC-1')
      const meetings = await offeringByCode(db, 'H-KC-2')
      await aClaimOn(db, online?.offeringId ?? '')
      await aClaimOn(db, meetings?.offeringId ?? '')

      const attempt = (text: string) => importCatalogue(ground, text, { actor })

      await t.rejects(attempt(aCatalogue('H', { hours: '8' })), {
        code: 'catalogue-locked',
        message: /H-KC-1 \(hours\)/,
      })
      await t.rejects(attempt(aCatalogue('H', { approved: '2026-01-01' })), {
        message: /H-KC-1 \(approved_on\)/,
      })
      await t.rejects(attempt(aCatalogue('H', { approved: '' })), { message: /approved_on/ })
      await t.rejects(attempt(aCatalogue('H', { minutes: 90 })), { message: /H-KC-2 .*session 1/ })
      await t.rejects(
        attempt(
          aCatalogue('H').replace('{code: 2026-1, from: 2026-03-01', '{code: 2026-1, from: 2026-01-01'),
        ),
        {
          message: /classes 2026-1 from/,
        },
      )
      t.strictSame(await offeringByCode(db, 'H-KC-1'), online, 'a refused file changes nothing')
    },
  )

  t.test(
    'with claims, other changes and new classes are taken, and the accounts are evaluated again',
    async (t) => {
      await importCatalogue(ground, aCatalogue('I'), { actor })
      const accountId = await aClaimOn(db, (await offeringByCode(db, 'I-KC-1'))?.offeringId ?? '')
      const marks = await readMarks(db)
      const text = aCatalogue('I')
        .replace('师德与素养', '知识与技能')
        .replace(
          '- {code: 2026-1,',
          '- {code: 2026-2, from: 2026-09-01, to: 2026-12-31}\n          - {code: 2026-1,',
        )

      const result = await importCatalogue(ground, text, { actor })

      t.match(result, { changed: 1, accounts: 1 })
      t.equal((await db('inbox').where({ account_id: idBytes(accountId) })).length, 1)
      t.ok((await readMarks(db)).catalogue > marks.catalogue)
    },
  )

  t.test('a change that policy does not read asks for no evaluation', async (t) => {
    await importCatalogue(ground, aCatalogue('J'), { actor })
    await aClaimOn(db, (await offeringByCode(db, 'J-KC-2'))?.offeringId ?? '')

    const result = await importCatalogue(ground, aCatalogue('J').replace('一小报告厅', '二小报告厅'), {
      actor,
    })

    t.match(result, { changed: 1, accounts: 0 })
  })

  t.test('a decision changes hours and approval in spite of claims, and stands in the audit', async (t) => {
    await importCatalogue(ground, aCatalogue('K'), { actor })
    const before = await offeringByCode(db, 'K-KC-1')
    await aClaimOn(db, before?.offeringId ?? '')

    const hours = await decideHours(ground, {
      offeringCode: 'K-KC-1',
      approvedMilliHours: 5000,
      actor: 'login:admin',
      reason: '核减',
    })
    const approval = await decideApproval(ground, {
      projectNo: 'K-XM',
      approvedOn: '2026-01-15',
      actor: 'login:admin',
      reason: '补批',
    })

    t.match(hours, { offerings: 1, accounts: 1 })
    t.match(approval, { offerings: 2, accounts: 1 })
    t.match(await offeringByCode(db, 'K-KC-1'), { approvedMilliHours: 5000, approvedOn: '2026-01-15' })
    const [trace] = await db('audit_event').where({ subject_kind: 'offering', subject_id: 'K-KC-1' })
    t.match(JSON.parse(trace.detail.toString()), { from: 6000, to: 5000, reason: '核减' })
    await t.rejects(decideApproval(ground, { projectNo: 'none', approvedOn: null, actor, reason: '' }), {
      code: 'project-unknown',
    })
  })

  t.test('what was recorded at an instant can be read again', async (t) => {
    const early = { ...ground, now: () => instantOf('2026-03-01T00:00:00Z') }
    const late = { ...ground, now: () => instantOf('2026-04-01T00:00:00Z') }
    await importCatalogue(early, aCatalogue('L'), { actor })
    await importCatalogue(late, aCatalogue('L', { hours: '8' }), { actor })
    const id = (await offeringByCode(db, 'L-KC-1'))?.offeringId ?? ''

    const hoursAt = async (iso: string) =>
      (await offeringFactsOf(db, [id], instantOf(iso))).get(id)?.approvedMilliHours

    t.equal(await hoursAt('2026-02-28T00:00:00Z'), undefined)
    t.equal(await hoursAt('2026-03-15T00:00:00Z'), 6000)
    t.equal(await hoursAt('2026-04-01T00:00:00Z'), 8000)
    t.equal((await offeringFactsOf(db, [id])).get(id)?.approvedMilliHours, 8000)
  })

  t.test('a path brings its parts, and a part the paths around it', async (t) => {
    const more = `      - code: M-PATH
        title: 师德研修路径
        category: 师德与素养
        form: 网络研修
        hours: "10"
        award_basis: fixed_on_pass
        approval_mode: auto
        contains: [M-KC-1, M-KC-7]
`
    const { warnings } = await importCatalogue(ground, aCatalogue('M', { more }), { actor })
    const path = await offeringByCode(db, 'M-PATH')
    const part = await offeringByCode(db, 'M-KC-1')

    const codesAround = async (id = '') =>
      [...(await offeringsAround(db, [id])).values()].map(({ code }) => code).sort()

    t.match(warnings, [{ detail: /M-KC-7/ }])
    t.strictSame(await codesAround(path?.offeringId), ['M-KC-1', 'M-PATH'])
    t.strictSame(await codesAround(part?.offeringId), ['M-KC-1', 'M-PATH'])
  })

  t.test('the list is searched and paged, by code', async (t) => {
    await importCatalogue(ground, aCatalogue('Z1'), { actor })
    await importCatalogue(ground, aCatalogue('Z2', { approved: '' }), { actor })

    const codes = async (ask: Parameters<typeof catalogueList>[1]) =>
      (await catalogueList(db, ask)).items.map(({ code }) => code)

    t.strictSame(await codes({ query: 'Z', pageSize: 3, page: 2 }), ['Z2-KC-2'])
    t.strictSame(await codes({ query: 'Z1' }), ['Z1-KC-1', 'Z1-KC-2'])
    t.strictSame(await codes({ projectNo: 'Z2-XM', isApproved: false }), ['Z2-KC-1', 'Z2-KC-2'])
    t.strictSame(await codes({ query: '%' }), [])
    t.ok((await codes({ query: '师德与' })).includes('Z1-KC-1'))
  })

  t.test('two imports at the same time both come in', async (t) => {
    const texts = ['N1', 'N2', 'N1'].map((key) => aCatalogue(key))

    const results = await Promise.all(texts.map((text) => importCatalogue(ground, text, { actor })))

    t.equal(
      results.reduce((sum, { changed }) => sum + changed, 0),
      4,
    )
  })
})

t.test('a good file is found good without a database', async (t) => {
  t.match(checkCatalogue(aCatalogue('A')), { ok: true, errors: [], projects: 1, offerings: 2, sessions: 2 })
  t.match(checkCatalogue(`\uFEFF${aCatalogue('A')}`), { ok: true })
})

for (const [what, change, expected] of [
  [
    'an unknown key',
    ['        topic: 师德', '        topics: 师德'],
    { line: 13, path: 'projects.0.offerings.0.topics', detail: /topics/ },
  ],
  [
    'a missing key',
    ['        category: 师德与素养\n', ''],
    { path: 'projects.0.offerings.0.category', detail: /missing/ },
  ],
  ['hours with four places', ['"6"', '"6.0001"'], { line: 15, detail: /three places/ }],
  ['hours of nothing', ['"6"', '"0"'], { line: 15 }],
  ['hours in words', ['"6"', '六'], { line: 15 }],
  ['a day that does not exist', ['2026-02-20', '2026-02-30'], { line: 7, detail: /day/ }],
  ['an unknown award basis', ['fixed_on_pass', 'fixed'], { line: 16, detail: /fixed_on_pass/ }],
  ['an unknown level', ['recognition_level: district', 'recognition_level: village'], { line: 6 }],
  ['a pass mark above 100', ['pass_mark: 60', 'pass_mark: 160'], { line: 18 }],
  [
    'a class that runs backwards',
    ['from: 2026-03-01, to: 2026-06-30}', 'from: 2026-07-01, to: 2026-06-30}'],
    { line: 24 },
  ],
  [
    'a session outside its class',
    ['2026-03-12T14:00+08:00', '2026-07-12T14:00+08:00'],
    { line: 39, detail: /outside/ },
  ],
  [
    'a time without an offset',
    ['2026-03-12T14:00+08:00', '2026-03-12T14:00'],
    { line: 39, detail: /offset/ },
  ],
  ['a session number said twice', ['{no: 2,', '{no: 1,'], { line: 39, detail: /twice/ }],
  ['an offering said twice', ['A-KC-2', 'A-KC-1'], { line: 25, detail: /twice/ }],
  ['an offering that contains itself', ['contains: []', 'contains: [A-KC-1]'], { line: 19 }],
  ['another schema', ['xueshi-catalogue/1', 'xueshi-catalogue/2'], { line: 1 }],
  ['a key written twice', ['        topic: 师德', '        topic: 师德\n        topic: 法治'], { line: 14 }],
  ['broken YAML', ['organisers: [示例区教师发展中心]', 'organisers: [示例区教师发展中心'], { line: /\d+/ }],
] as const) {
  t.test(`${what} is told with its line`, async (t) => {
    const { ok, errors } = checkCatalogue(aCatalogue('A').replace(change[0], change[1]))

    t.equal(ok, false)
    t.match(errors[0], expected)
  })
}

t.test('a file of nonsense is refused, not misread', async (t) => {
  for (const text of ['', 'null', '[]', '"text"', '\0', 'a: &a [*a, *a]', '- - - -']) {
    t.equal(checkCatalogue(text).ok, false, JSON.stringify(text))
  }
})

t.test('an import of a bad file says every line', async (t) => {
  const ground = await freshGround(t)

  await t.rejects(importCatalogue(ground, aCatalogue('A').replace('"6"', '"x"'), { actor }), {
    code: 'catalogue-invalid',
    errors: [{ line: 15, pointer: '/projects/0/offerings/0/hours' }],
  })
})
