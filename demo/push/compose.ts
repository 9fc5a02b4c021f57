import { CATALOGUE_WINDOW } from '../district/catalogue.ts'
import { DEMO_SEED, isLinkedIn } from '../district/files.ts'
import { MICRO_COURSE_COUNT, MICRO_COURSE_MILLI_HOURS, microCourseNo } from '../district/offerings.ts'
import { type DistrictSource, sources } from '../district/sources.ts'
import { makeTeachers } from '../district/teachers.ts'
import { type Dice, diceOf, steadyId } from '../steady.ts'
import {
  type Actor,
  adlCompleted,
  adlExperienced,
  type DemoStatement,
  moodleCourseCompleted,
  moodleCourseViewed,
  voiding,
} from './emitters.ts'

/** Which outside platform a push plays. */
export type PushedSource = 'moodle' | 'nation'

/** What is to be composed. */
export interface Wanted {
  source: PushedSource
  /** How many statements, repeats included; at least 12. */
  count: number
  seed: string | number
  now: Date
  /** What the receiver does with a void of an outside source. */
  onVoid: 'review' | 'auto'
  /** Give ids to statements that Moodle sends without one. */
  withIds: boolean
}

/** Statements in the order in which they are sent, and what they are worth. */
export interface Composition {
  statements: DemoStatement[]
  /** Milli-hours that count for each teacher number without any decision of a person. */
  counted: Map<string, number>
  /** The same for hours that wait until the school has checked them. */
  awaiting: Map<string, number>
  /** Teachers whose hours hang on the review of a void; they stand in neither map. */
  undecided: string[]
}

/**
 * The first teacher (from 0) of the push. Those before have a history from the
 * seed, so that for these the book holds what the push brings and nothing else.
 */
export const FIRST_PUSHED_TEACHER = 600

const DAY_MS = 86_400_000
// Within the ninety days of the example policy, so that nothing is late on arrival.
const REACH_DAYS = 80

/**
 * Composes what an outside platform sends: completions of the short courses, most of them plainly, some twice,
 * some again later under another time, some weeks late, some of unknown people, looks at pages that mean nothing,
 * and one void.
 *
 * The same wish gives the same statements. What they are worth is a sum: the
 * courses of the push meet no cap, no teacher finishes two on one day, and a
 * course counts once for a teacher however often it is reported.
 */
export function compose(wanted: Wanted): Composition {
  const dice = diceOf(`${wanted.seed}/push/${wanted.source}`)
  const emitter = emitterOf(wanted)
  const completions = completionsIn(wanted, dice)
  const done: Completion[] = []
  const prompt: DemoStatement[] = []
  const late: DemoStatement[] = []
  const next = () => {
    const completion = completions.next().value as Completion | undefined
    if (!completion)
      throw new RangeError(`a push of ${wanted.count} statements needs more courses than there are`)
    return completion
  }

  const voided = next()
  const voidedId = steadyId(`voided/${wanted.seed}/${voided.index}/${voided.courseNo}`)
  prompt.push(
    { ...emitter.completed(voided, voided.at), id: voidedId },
    voiding(emitter.source, voidedId, wanted.now),
  )
  prompt.push(emitter.stranger(next(), dice.whole(1, 9_999)))

  while (prompt.length + late.length < wanted.count) {
    const kind = dice.fraction()
    const earlier = done[dice.whole(0, Math.max(0, done.length - 1))]
    if (earlier && kind < 0.08) prompt.push(emitter.completed(earlier, earlier.at))
    else if (earlier && kind < 0.11)
      prompt.push(emitter.completed(earlier, new Date(earlier.at.getTime() + 90_000)))
    else if (earlier && kind < 0.19) prompt.push(emitter.viewed(earlier, dice.whole(0, 3_600)))
    else if (kind < 0.21) prompt.push(emitter.stranger(next(), dice.whole(1, 9_999)))
    else {
      const completion = next()
      const isLate = wanted.now.getTime() - completion.at.getTime() > 60 * DAY_MS && dice.chance(0.5)
      ;(isLate ? late : prompt).push(emitter.completed(completion, completion.at))
      done.push(completion)
    }
  }
  return { statements: [...prompt, ...late], ...worthOf(done, voided, wanted) }
}

/** The n-th pushed teacher finished a course at an instant. */
interface Completion {
  index: number
  teacherNo: string
  courseNo: number
  at: Date
}

function* completionsIn(wanted: Wanted, dice: Dice): Generator<Completion> {
  const source = sources[wanted.source]
  const teachers = dice.shuffle(
    makeTeachers(DEMO_SEED)
      .map((teacher, index) => ({ teacherNo: teacher.teacherNo, status: teacher.status, index }))
      .filter(
        ({ index, status }) =>
          index >= FIRST_PUSHED_TEACHER && status === '在岗' && isLinkedIn(source, index),
      ),
  )
  const reach = Math.min(REACH_DAYS, daysSince(CATALOGUE_WINDOW.from, wanted.now))
  const starts = teachers.map(() => dice.whole(0, REACH_DAYS - 1))
  for (let course = 0; course < MICRO_COURSE_COUNT; course += 1) {
    for (const [place, { index, teacherNo }] of teachers.entries()) {
      // Two days apart for each further course: never two on one day for one teacher.
      const daysAgo = 1 + (((starts[place] ?? 0) + course * 2) % reach)
      const at = new Date(startOfDay(wanted.now) - daysAgo * DAY_MS + dice.whole(0, 12 * 3_600) * 1_000)
      yield { index, teacherNo, courseNo: microCourseNo(wanted.source, course), at }
    }
  }
}

function worthOf(done: Completion[], voided: Completion, wanted: Wanted): Omit<Composition, 'statements'> {
  const worth = new Map<string, number>()
  for (const { teacherNo } of done)
    worth.set(teacherNo, (worth.get(teacherNo) ?? 0) + MICRO_COURSE_MILLI_HOURS)
  // Moodle is recognised without a person by the example policy; the others wait for the school.
  const isAutomatic = wanted.source === 'moodle'
  const reviewed = wanted.onVoid === 'review'
  if (reviewed) worth.delete(voided.teacherNo)
  else if (!worth.has(voided.teacherNo)) worth.set(voided.teacherNo, 0)
  return {
    counted: isAutomatic ? worth : new Map(),
    awaiting: isAutomatic ? new Map() : worth,
    undecided: reviewed ? [voided.teacherNo] : [],
  }
}

function emitterOf({ source, withIds, seed }: Wanted) {
  const place = sources[source]
  const withId = (statement: DemoStatement): DemoStatement =>
    withIds ? { id: steadyId(JSON.stringify(statement)), ...statement } : statement
  const completed = (actor: Actor, courseNo: number, at: Date): DemoStatement => {
    if (source === 'nation') return adlCompleted(place, actor, courseNo, at)
    return withId(moodleCourseCompleted(actor, courseNo, at, `${seed}/${courseNo}`))
  }
  return {
    source: place as DistrictSource,
    completed: ({ index, courseNo }: Completion, at: Date) => completed({ index }, courseNo, at),
    stranger: ({ courseNo, at }: Completion, n: number) =>
      completed({ stranger: `unknown-${n}` }, courseNo, at),
    viewed: ({ index, courseNo, at }: Completion, seconds: number): DemoStatement => {
      const earlier = new Date(at.getTime() - seconds * 1_000)
      if (source === 'nation') return adlExperienced(place, { index }, courseNo, earlier)
      return withId(moodleCourseViewed({ index }, courseNo, earlier, `${seed}/${courseNo}`))
    },
  }
}

// Days as the district's wall clock has them: 06:00 there is 22:00 UTC of the day before.
function startOfDay(now: Date): number {
  return Math.floor((now.getTime() + 8 * 3_600_000) / DAY_MS) * DAY_MS - 2 * 3_600_000
}

function daysSince(day: string, now: Date): number {
  return Math.max(1, Math.floor((now.getTime() - Date.parse(day)) / DAY_MS) - 1)
}
