import t from 'tap'
import { classify } from '../../xapi-bridge/reading/classify.ts'
import type { Classification } from '../../xapi-bridge/reading/reading.ts'
import { decimalText, percentOf, reaches } from '../../xapi-bridge/reading/score.ts'
import type { Statement } from '../../xapi-bridge/reading/statement.ts'
import { type RuleSet, ruleSetFrom, shippedRuleSets } from '../../xapi-bridge/rules/rule-set.ts'
import {
  adlStatement,
  cmi5Statement,
  iriBase,
  moodleActivity,
  moodleCourseCompleted,
  moodleCourseId,
  moodleQuizAttempt,
  moodleSite,
  offeringIri,
  toolStatement,
  voidOf,
} from './lookalikes.ts'

const rules = (preset: string) => shippedRuleSets().get(preset) as RuleSet
const read = (preset: string, statement: Statement) => classify(statement, rules(preset), iriBase)
const readingOf = (result: Classification) => {
  if (!('reading' in result) || result.reading === null) throw new Error('nothing was read')
  return result.reading
}

const rows: [string, string, Statement, string][] = [
  [
    'Moodle: a course completed without any result is a completion',
    'moodle-logstore',
    moodleCourseCompleted(),
    'completion',
  ],
  [
    'Moodle: an activity page completed is a completion of that page',
    'moodle-logstore',
    moodleActivity(),
    'completion',
  ],
  [
    'Moodle: an activity completed without the pass it requires is an assessment',
    'moodle-logstore',
    moodleActivity({ result: { completion: true, success: false } }),
    'assessment',
  ],
  [
    'Moodle: an activity page without completion says nothing',
    'moodle-logstore',
    moodleActivity({ result: { success: true } }),
    'not_for_us',
  ],
  ['Moodle: a quiz attempt is an assessment', 'moodle-logstore', moodleQuizAttempt(), 'assessment'],
  [
    'Moodle: un-completing is a withdrawal',
    'moodle-logstore',
    moodleActivity({ undone: true }),
    'withdrawal',
  ],
  [
    'Moodle: a change of completion settings is not for us',
    'moodle-logstore',
    { ...moodleCourseCompleted(), verb: { id: 'https://w3id.org/xapi/acrossx/verbs/edited' } },
    'not_for_us',
  ],
  ['adl: completed without result is a completion', 'adl', adlStatement('completed'), 'completion'],
  [
    'adl: completed with completion false is none',
    'adl',
    adlStatement('completed', { result: { completion: false } }),
    'not_for_us',
  ],
  ['adl: passed is a completion', 'adl', adlStatement('passed'), 'completion'],
  [
    'adl: passed with success false is an assessment that was failed',
    'adl',
    adlStatement('passed', { result: { success: false } }),
    'assessment',
  ],
  ['adl: failed is an assessment', 'adl', adlStatement('failed'), 'assessment'],
  ['adl: progressed is evidence', 'adl', adlStatement('progressed'), 'evidence'],
  ['cmi5: satisfied on the course is a completion', 'cmi5', cmi5Statement('satisfied'), 'completion'],
  [
    'cmi5: satisfied on something that is no course or block is not for us',
    'cmi5',
    { ...cmi5Statement('satisfied'), object: { id: 'https://lms.example/cmi5/course' } },
    'not_for_us',
  ],
  ['cmi5: completed of an AU is a completion by moveOn', 'cmi5', cmi5Statement('completed'), 'completion'],
  [
    'cmi5: an allowed statement without the category says nothing',
    'cmi5',
    cmi5Statement('completed', { allowed: true }),
    'not_for_us',
  ],
  ['cmi5: launched tells moveOn', 'cmi5', cmi5Statement('launched', { moveOn: 'Passed' }), 'evidence'],
  ['cmi5: terminated is evidence', 'cmi5', cmi5Statement('terminated'), 'evidence'],
  ['cmi5: failed is an assessment', 'cmi5', cmi5Statement('failed'), 'assessment'],
  ['tool: an offering completed is a completion', 'xueshi-tool', toolStatement('completed'), 'completion'],
  ['tool: a session attended', 'xueshi-tool', toolStatement('attended'), 'attended'],
  ['tool: a test passed is an assessment', 'xueshi-tool', toolStatement('passed'), 'assessment'],
  ['tool: opening a unit is evidence and no hours', 'xueshi-tool', toolStatement('initialized'), 'evidence'],
  [
    'tool: an offering of another installation is not for us',
    'xueshi-tool',
    { ...toolStatement('completed'), object: { id: 'https://other.example/xapi/activities/offering/KC-1' } },
    'not_for_us',
  ],
  ['a void names its target', 'adl', voidOf('0E0A4D5F-5C0B-4B8C-8B4D-0A2F3C4D5E6F'), 'void'],
  [
    'a statement about a person is not for us',
    'adl',
    { ...adlStatement('completed'), object: { objectType: 'Agent', mbox: 'mailto:a@example.org' } as never },
    'not_for_us',
  ],
]
for (const [name, preset, statement, outcome] of rows) {
  t.test(name, async (t) => {
    t.equal(read(preset, statement).outcome, outcome)
  })
}

t.test('a Moodle below its host is recognised by the end of the path', async (t) => {
  const page = { ...moodleActivity(), object: { id: 'https://host.example/moodle/mod/page/view.php?id=7' } }
  const look = { ...moodleActivity(), object: { id: 'https://host.example/wiki?u=/mod/page/view.php' } }

  t.equal(read('moodle-logstore', page).outcome, 'completion')
  t.equal(read('moodle-logstore', look).outcome, 'not_for_us')
})

t.test('a quiz attempt counts by raw over max, for the quiz and its course', async (t) => {
  const reading = readingOf(read('moodle-logstore', moodleQuizAttempt({ raw: 5, max: 10 })))

  t.equal(reading.percent, '50')
  t.strictSame(reading.activities, [
    `${moodleSite}/mod/quiz/view.php?id=9`,
    `${moodleCourseId()}#section-1`,
    moodleCourseId(),
  ])
})

t.test('statements without ids that say the same have one content key', async (t) => {
  const key = (statement: Statement) => readingOf(read('moodle-logstore', statement)).contentKey

  t.equal(key(moodleCourseCompleted()), key(moodleCourseCompleted()))
  t.not(key(moodleCourseCompleted()), key(moodleCourseCompleted({ at: '2026-03-02T10:15:31+08:00' })))
  t.not(key(moodleCourseCompleted()), key(moodleCourseCompleted({ user: '5' })))
  t.equal(key(moodleCourseCompleted({ id: 'b37ef7be-8e5b-4c3a-9d80-0c9f0c4a5f01' })), null)
})

t.test('a mailbox is compared without mailto and case, an account as it is', async (t) => {
  const actor = (given: Statement['actor']) =>
    readingOf(read('adl', { ...adlStatement('completed'), actor: given })).actor

  t.strictSame(actor({ mbox: 'mailto:Li@Example.org' }).identifier, { kind: 'mbox', mbox: 'li@example.org' })
  t.equal(actor({ mbox: 'mailto:Li@Example.org' }).key, actor({ mbox: 'mailto:li@example.org' }).key)
  t.not(
    actor({ account: { homePage: 'https://a.example', name: 'X' } }).key,
    actor({ account: { homePage: 'https://a.example', name: 'x' } }).key,
  )
  t.equal(actor({ objectType: 'Group', mbox: 'mailto:all@example.org' }).identifier, null)
})

t.test('a Moodle registration is shared by everybody and ignored', async (t) => {
  const registration = 'B37EF7BE-8E5B-4C3A-9D80-0C9F0C4A5F01'
  const moodle = { ...moodleCourseCompleted(), context: { registration } }

  t.equal(readingOf(read('moodle-logstore', moodle)).registration, null)
  t.equal(
    readingOf(read('adl', adlStatement('completed', { registration }))).registration,
    registration.toLowerCase(),
  )
})

t.test(
  'our own statements name class, role and amount, and a session stands under its offering',
  async (t) => {
    const attended = readingOf(
      read(
        'xueshi-tool',
        toolStatement('attended', {
          session: 3,
          extensions: {
            [`${iriBase}extensions/role`]: '听课者',
            [`${iriBase}extensions/source-amount`]: { value: '0.5', unit: '学时' },
          },
        }),
      ),
    )

    t.strictSame(attended.activities, [offeringIri('KC-1')])
    t.strictSame(attended.session, { classCode: '2026-1', no: 3 })
    t.equal(attended.role, 'listener')
    t.strictSame(attended.sourceAmount, { value: '0.5', unit: '学时' })
  },
)

t.test('a role that is none is a fault, not a participant', async (t) => {
  const statement = toolStatement('completed', {
    extensions: { [`${iriBase}extensions/role`]: 'guest of honour' },
  })

  t.throws(() => read('xueshi-tool', statement), RangeError)
})

t.test('an amount without a unit is kept as it came', async (t) => {
  const statement = toolStatement('completed', { extensions: { [`${iriBase}extensions/source-amount`]: 6 } })

  t.strictSame(readingOf(read('xueshi-tool', statement)).sourceAmount, { value: '6', unit: null })
})

t.test('percentages are exact and cut, so that nearly is not a pass', async (t) => {
  t.equal(percentOf({ raw: 2, max: 3 }, 'raw-over-max'), '66.666666')
  t.equal(percentOf({ scaled: 0.86, raw: 1, max: 100 }, 'scaled'), '86')
  t.equal(percentOf({ scaled: 0.29 }, 'scaled'), '29')
  t.equal(percentOf({ scaled: -0.5 }, 'scaled'), '-50')
  t.equal(percentOf({ scaled: 1e-7 }, 'scaled'), '0.00001')
  t.equal(percentOf({ raw: 5 }, 'raw-over-max'), null)
  t.equal(percentOf({ raw: 0, max: 0 }, 'raw-over-max'), null)
  t.equal(percentOf(undefined, 'scaled'), null)
  t.ok(reaches('60', '60'))
  t.notOk(reaches('59.999999', '60'))
  t.equal(decimalText('007.50'), '7.5')
  t.throws(() => decimalText('many'), RangeError)
})

t.test('a rule set that cannot be used is refused with the place', async (t) => {
  const text = 'schema: xueshi-rules/1\npreset: x\nversion: 1\ncompletions: []\n'

  t.throws(() => ruleSetFrom(text), { code: 'rules-invalid' })
})
