import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { projectRoot } from '../../foundation/root.ts'
import { classify } from '../../xapi-bridge/reading/classify.ts'
import type { Classification } from '../../xapi-bridge/reading/reading.ts'
import type { Statement } from '../../xapi-bridge/reading/statement.ts'
import {
  presetNames,
  type RuleSet,
  ruleSetFromFile,
  shippedRuleSets,
} from '../../xapi-bridge/rules/rule-set.ts'
import { articulate, edxCourse, h5p, openedx, scorm, video } from './emitters.ts'
import { adlStatement, iriBase } from './lookalikes.ts'

const rules = (preset: string) => shippedRuleSets().get(preset) as RuleSet
const read = (preset: string, statement: Statement) => classify(statement, rules(preset), iriBase)
const readingOf = (result: Classification) => {
  if (!('reading' in result) || result.reading === null) throw new Error('nothing was read')
  return result.reading
}

const rows: [name: string, preset: string, statement: Statement, outcome: Classification['outcome']][] = [
  [
    'Articulate: passed on the course, which is its own parent',
    'articulate',
    articulate('passed'),
    'completion',
  ],
  ['Articulate: completed on the course', 'articulate', articulate('completed'), 'completion'],
  [
    'Articulate: a slide that completes is evidence',
    'articulate',
    articulate('completed', { part: 'slide-1' }),
    'evidence',
  ],
  [
    'Articulate: an objective that is passed is evidence',
    'articulate',
    articulate('passed', { part: 'objective-1' }),
    'evidence',
  ],
  [
    'Articulate: attempted with completion true is none',
    'articulate',
    articulate('attempted', { result: { completion: true } }),
    'evidence',
  ],
  [
    'Articulate: completed with completion false is none',
    'articulate',
    articulate('completed', { result: { completion: false } }),
    'evidence',
  ],
  ['Articulate: failed on the course is an assessment', 'articulate', articulate('failed'), 'assessment'],
  ['H5P: the whole content completed', 'h5p', h5p('completed'), 'completion'],
  ['H5P: a content that only answers, with completion true', 'h5p', h5p('answered'), 'completion'],
  ['H5P: a part with its own subContentId is evidence', 'h5p', h5p('completed', { part: 'a1' }), 'evidence'],
  [
    'H5P: completed without completion true is evidence',
    'h5p',
    h5p('completed', { result: { score: { raw: 1, max: 1 } } }),
    'evidence',
  ],
  ['SCORM: completed', 'scorm-wrapper', scorm('completed'), 'completion'],
  [
    'SCORM: terminated that carries completion true is one',
    'scorm-wrapper',
    scorm('terminated', { result: { completion: true } }),
    'completion',
  ],
  [
    'SCORM: suspended that carries completion true is one',
    'scorm-wrapper',
    scorm('suspended', { result: { completion: true } }),
    'completion',
  ],
  ['SCORM: terminated that carries nothing is evidence', 'scorm-wrapper', scorm('terminated'), 'evidence'],
  ['SCORM: passed is an assessment', 'scorm-wrapper', scorm('passed'), 'assessment'],
  ['video: watched to the end', 'video-profile', video(), 'completion'],
  [
    'video: completed with completion false is evidence',
    'video-profile',
    video({ completion: false }),
    'evidence',
  ],
  [
    'video: watched below the threshold is evidence',
    'video-profile',
    video({ progress: 0.9499 }),
    'evidence',
  ],
  ['video: watched just to the threshold', 'video-profile', video({ progress: 0.95 }), 'completion'],
  ['Open edX: passed on the course, without any result', 'openedx', openedx('passed'), 'completion'],
  ['Open edX: a grade earned is an assessment', 'openedx', openedx('earned'), 'assessment'],
  ['Open edX: failed withdraws', 'openedx', openedx('failed'), 'withdrawal'],
  ['Open edX: a video of the course is evidence', 'openedx', openedx('video'), 'evidence'],
  [
    'Open edX: passed on something that is no course is not for us',
    'openedx',
    { ...openedx('passed'), object: { id: edxCourse } },
    'not_for_us',
  ],
]
for (const [name, preset, statement, outcome] of rows) {
  t.test(name, async (t) => {
    t.equal(read(preset, statement).outcome, outcome)
  })
}

t.test('every preset that is named is shipped under its own name', async (t) => {
  t.strictSame(
    presetNames.map((name) => rules(name).preset),
    [...presetNames],
  )
})

t.test('a SCORM attempt is told by its grouping, the same for every statement of it', async (t) => {
  const one = readingOf(read('scorm-wrapper', scorm('completed', { attempt: 'a' })))
  const same = readingOf(
    read('scorm-wrapper', scorm('terminated', { attempt: 'a', result: { completion: true } })),
  )
  const other = readingOf(read('scorm-wrapper', scorm('completed', { attempt: 'b' })))

  t.match(one.registration, /^[0-9a-f-]{36}$/)
  t.equal(one.registration, same.registration)
  t.not(one.registration, other.registration)
})

t.test('a video attempt is its registration, else its session', async (t) => {
  const registration = 'B37EF7BE-8E5B-4C3A-9D80-0C9F0C4A5F01'
  const registered = readingOf(read('video-profile', video({ registration })))
  const session = readingOf(read('video-profile', video({ session: 's1' })))
  const other = readingOf(read('video-profile', video({ session: 's2' })))

  t.equal(registered.registration, registration.toLowerCase())
  t.not(session.registration, other.registration)
})

t.test('a minimum score is a setting of a source', async (t) => {
  const strict = ruleSetFromFile(`
preset: adl
completions:
  - {name: passed, verb: http://adlnet.gov/expapi/verbs/passed, minimum_scaled: "0.8", as: passed}
`)
  const scored = (scaled: number) => adlStatement('passed', { result: { score: { scaled } } })

  t.equal(classify(scored(0.8), strict, iriBase).outcome, 'completion')
  t.equal(classify(scored(0.79), strict, iriBase).outcome, 'not_for_us')
})

const faults: [name: string, text: string, pointer: string][] = [
  ['a word that the language does not know', 'preset: adl\nsurprise: 1', '/surprise'],
  [
    'a member of a rule that it does not know',
    'preset: adl\ncompletions: [{name: a, verb: http://e.example/v, colour: red}]',
    '/completions/0/colour',
  ],
  [
    'a rule without a verb',
    'preset: adl\ncompletions: [{name: a, completion: [true]}]',
    '/completions/0/verb',
  ],
  [
    'two rules of one name',
    'preset: adl\ncompletions: [{name: failed, verb: http://e.example/v}]',
    '/evidence/0/name',
  ],
  [
    'an attempt by grouping that does not say which',
    'preset: adl\nattempt: {from: [grouping], window: class, registration: use}',
    '/attempt/grouping',
  ],
  [
    'a threshold that is no decimal text',
    'preset: adl\ncompletions: [{name: a, verb: http://e.example/v, reaches: {extension: http://e.example/p, at_least: 0.9}}]',
    '/completions/0/reaches/at_least',
  ],
  ['text that is no YAML', 'preset: [adl', ''],
  ['a preset that is not shipped and no whole rule set', 'preset: nobody', '/preset'],
  ['what differs, without a preset', 'on_void: auto', '/preset'],
  ['a whole rule set that lacks its parts', 'schema: xueshi-rules/1\npreset: own', '/completions'],
]
for (const [name, text, pointer] of faults) {
  t.test(`refused with its place: ${name}`, async (t) => {
    const error = t.throws(() => ruleSetFromFile(text)) as { code?: string; errors?: { pointer?: string }[] }

    t.equal(error.code, 'rules-invalid')
    t.ok(error.errors?.some((fault) => fault.pointer === pointer))
  })
}

const told: [text: string, detail: string][] = [
  ['preset: nobody', 'xueshi-tool, moodle-logstore'],
  ['schema: xueshi-rules/1\npreset: own', 'it is missing'],
  ['preset: adl\ncompletions: [{name: a, verb: passed}]', 'a whole address is needed'],
  ['preset: adl\ncompletions: [{name: A b, verb: http://e.example/v}]', 'small letters'],
  [
    'preset: adl\ncompletions: [{name: a, verb: http://e.example/v, success: [maybe]}]',
    'true, false or absent',
  ],
  ['preset: adl\nattempt: {from: x, window: class, registration: use}', 'registration-else-window'],
]
for (const [text, detail] of told) {
  t.test(`a fault says what is needed: ${detail}`, async (t) => {
    const error = t.throws(() => ruleSetFromFile(text)) as { errors?: { detail: string }[] }

    t.ok(error.errors?.some((fault) => fault.detail.includes(detail)))
  })
}

t.test('the presets are the table in docs/push.md', async (t) => {
  const table = readFileSync(join(projectRoot, 'docs/push.md'), 'utf8')

  for (const name of presetNames) t.match(table, `\`${name}\``)
})

const hostile: [string, string][] = [
  [
    'aliases of aliases',
    `a: &a [${'x,'.repeat(10)}]\n${[...'bcdefgh'].map((name, n) => `${name}: &${name} [${`*${'abcdefg'[n]},`.repeat(10)}]`).join('\n')}`,
  ],
  ['an alias of nothing', 'preset: *nothing'],
  ['tens of thousands of keys', Array.from({ length: 50_000 }, (_, n) => `k${n}: 1`).join('\n')],
  [
    'a path that could be tried in too many ways',
    "completions: [{ name: x, verb: 'http://a.example/v', object_path: '/*a*a*a*a*q' }]",
  ],
]
for (const [what, text] of hostile)
  t.test(`a rule file with ${what} is refused at once`, async (t) => {
    t.throws(() => ruleSetFromFile(text, rules('adl')), { code: 'rules-invalid' })
  })
