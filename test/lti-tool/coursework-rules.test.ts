import fc from 'fast-check'
import t from 'tap'
import type { CourseContent, Question, Unit } from '../../lti-tool/coursework/document.ts'
import { htmlOf } from '../../lti-tool/coursework/markdown.ts'
import { answersFrom, markQuiz, questionFaults } from '../../lti-tool/coursework/marking.ts'
import { rangeOf } from '../../lti-tool/coursework/media.ts'
import { lockedBy, progressOf } from '../../lti-tool/coursework/progress.ts'
import {
  acceptRanges,
  coveredMs,
  grantedNow,
  isWatched,
  mergeRanges,
  type Range,
  stepOf,
} from '../../lti-tool/coursework/ranges.ts'
import { durationText } from '../../lti-tool/coursework/statements.ts'
import { shuffled } from '../../lti-tool/coursework/unit-page.tsx'

const someRanges = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 500 })) as fc.Arbitrary<Range>,
  { maxLength: 30 },
)
const secondsIn = (ranges: Range[]) => {
  const set = new Set<number>()
  for (const [from, to] of ranges) for (let at = from; at < to; at++) set.add(at)
  return set
}

t.test('merged ranges cover exactly what was given, in order and without touching', async () => {
  fc.assert(
    fc.property(someRanges, (ranges) => {
      const merged = mergeRanges(ranges)
      const apart = merged.every((range, index) => index === 0 || range[0] > (merged[index - 1] as Range)[1])
      return apart && coveredMs(merged) === secondsIn(ranges).size
    }),
  )
})

t.test('merging knows neither order nor repetition, nor how it was cut into reports', async () => {
  fc.assert(
    fc.property(someRanges, someRanges, (one, other) => {
      const whole = JSON.stringify(mergeRanges([...one, ...other]))
      const inParts = JSON.stringify(mergeRanges([...mergeRanges(other), ...mergeRanges(one), ...one]))
      return whole === inParts
    }),
  )
})

const rules = { durationMs: 100_000, skip: true, maxSpeed: 1.5 }

t.test('what is watched never grows faster than the clock at the greatest speed allows', async () => {
  const step = fc.record({ elapsed: fc.integer({ min: 0, max: 20_000 }), ranges: someRanges })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.boolean(), (steps, skip) => {
      let watched: Range[] = []
      let left = 3000
      let clock = 0
      for (const { elapsed, ranges } of steps) {
        clock += elapsed
        const asked = ranges.map(([from, to]): Range => [from * 200, to * 200])
        const taken = acceptRanges(watched, asked, grantedNow(left, elapsed, { ...rules, skip }), {
          ...rules,
          skip,
        })
        watched = taken.watched
        left = taken.leftMs
        if (coveredMs(watched) > clock * rules.maxSpeed + 3000) return false
        if (!skip && watched.length > 1) return false
      }
      return true
    }),
  )
})

t.test('without leave to skip, only what follows on the watched beginning counts', async (t) => {
  const taken = acceptRanges([[0, 10_000]], [[40_000, 50_000]], 60_000, { ...rules, skip: false })

  t.same(taken, { watched: [[0, 10_000]], leftMs: 60_000, refusedMs: 10_000 })
})

t.test('a gap of a player’s report is no skipping', async (t) => {
  const taken = acceptRanges([[0, 10_000]], [[10_900, 15_000]], 60_000, { ...rules, skip: false })

  t.same(taken.watched, [[0, 15_000]])
})

t.test('a video is watched at all but its last moments, and steps come at the quarters', async (t) => {
  t.equal(isWatched([[0, 98_000]], 100_000), true)
  t.equal(isWatched([[0, 97_999]], 100_000), false)
  t.same(
    [0, 24_999, 25_000, 74_999, 97_000, 98_000].map((end) => stepOf([[0, end]], 100_000)),
    [0, 0, 25, 50, 75, 100],
  )
})

const questions: Question[] = [
  { id: 'q1', kind: 'single', text: '?', points: 3, answer: 'b', choices: [] },
  { id: 'q2', kind: 'multiple', text: '?', points: 3, answer: ['a', 'c'], choices: [] },
  { id: 'q3', kind: 'true-false', text: '?', points: 2, answer: false },
  {
    id: 'q4',
    kind: 'ordering',
    text: '?',
    points: 1,
    answer: ['x', 'y'],
    choices: [
      { id: 'x', text: '先' },
      { id: 'y', text: '后' },
    ],
  },
  { id: 'q5', kind: 'short-answer', text: '?', points: 1, answer: ['ＡＢＣ'] },
]

for (const [what, answers, points] of [
  ['everything right', { q1: 'b', q2: ['c', 'a'], q3: 'false', q4: ['x', 'y'], q5: ' abc。' }, 10],
  ['nothing answered', {}, 0],
  ['one box too many', { q2: ['a', 'b', 'c'] }, 0],
  ['one box too few', { q2: ['a'] }, 0],
  ['two answers where one is asked', { q1: ['a', 'b'] }, 0],
  ['the wrong order', { q4: ['y', 'x'] }, 0],
  ['a name of Object’s own', { constructor: 'b' }, 0],
] as const) {
  t.test(`a quiz with ${what} gives ${points} points`, async (t) => {
    t.equal(markQuiz(questions, answers as never, 60).points, points)
  })
}

t.test('the mark is reached exactly at the pass mark', async (t) => {
  const six = { q1: 'b', q2: ['a', 'c'] }

  t.equal(markQuiz(questions, six, 60).passed, true)
  t.equal(markQuiz(questions, six, 60.1).passed, false)
  t.equal(markQuiz(questions, six, 60).scaled, 0.6)
})

t.test('an ordering is read from the places that were chosen, and only when each has one', async (t) => {
  const quiz = { id: 'u', kind: 'quiz', title: '', pass_mark: 60, questions } as Unit

  t.same(answersFrom(quiz, { 'q-q4.x': '2', 'q-q4.y': '1', 'q-other': 'z' }), { q4: ['y', 'x'] })
  t.same(answersFrom(quiz, { 'q-q4.x': '2', 'q-q4.y': '' }), {})
})

t.test('questions that repeat an id or answer what is not there are found', async (t) => {
  const wrong: Question[] = [
    { id: 'q1', kind: 'single', text: '?', points: 1, answer: 'z', choices: [{ id: 'a', text: '甲' }] },
    { id: 'q1', kind: 'true-false', text: '?', points: 1, answer: true },
  ]

  t.same(
    questionFaults(wrong).map(({ path }) => path),
    [
      [0, 'answer'],
      [1, 'id'],
    ],
  )
})

const unit = (id: string, first_lesson = false): Unit => ({ id, kind: 'evaluation', title: id, first_lesson })
const course = (sequential: boolean, ...units: Unit[]): CourseContent => ({
  code: 'c',
  title: 'c',
  sequential,
  units,
})

t.test('a first lesson comes before everything else', async (t) => {
  const content = course(false, unit('a'), unit('b', true), unit('c'))

  t.equal(lockedBy(content, new Set(), 'a')?.id, 'b')
  t.equal(lockedBy(content, new Set(), 'b'), null)
  t.equal(lockedBy(content, new Set(['b']), 'c'), null)
})

t.test('a sequential course opens one unit after the other', async (t) => {
  const content = course(true, unit('a'), unit('b'), unit('c'))

  t.equal(lockedBy(content, new Set(['a']), 'c')?.id, 'b')
  t.same(progressOf(content, new Set(['a'])), { done: 1, total: 3, finished: false, nextUnitId: 'b' })
  t.same(progressOf(content, new Set(['a', 'b', 'c'])), {
    done: 3,
    total: 3,
    finished: true,
    nextUnitId: null,
  })
})

t.test('markup in a text of a course is shown, not obeyed', async (t) => {
  const html = htmlOf('# T\n<script>x</script> [l](javascript:alert(1)) ![i](none.png)', {}, () => '/x')

  t.notMatch(html, /<script|href="javascript|src="none/)
  t.match(html, /<h2>T<\/h2>/)
})

for (const [header, meant] of [
  ['bytes=0-99', [0, 99]],
  ['bytes=100-', [100, 999]],
  ['bytes=-50', [950, 999]],
  ['bytes=0-5000', [0, 999]],
  ['bytes=1000-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=5-2', null],
  ['bytes=0-1,5-9', null],
  ['lines=1-2', null],
  [undefined, null],
] as const) {
  t.test(`of 1000 bytes, ${header} asks for ${JSON.stringify(meant)}`, async (t) => {
    t.same(rangeOf(header, 1000), meant)
  })
}

t.test('a duration is said in hours, minutes and seconds', async (t) => {
  t.same([0, 999, 61_000, 18_720_000, 3_600_000].map(durationText), [
    'PT0S',
    'PT0S',
    'PT1M1S',
    'PT5H12M',
    'PT1H',
  ])
})

t.test(
  'an ordering is never shown in the order that is asked for, and always the same to one person',
  async (t) => {
    const question = { ...(questions[3] as Extract<Question, { kind: 'ordering' }>), answer: ['x', 'y'] }

    for (const seed of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
      t.same(
        shuffled(question, seed).map(({ id }) => id),
        ['y', 'x'],
      )
  },
)
