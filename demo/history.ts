import { CATALOGUE_WINDOW, type CatalogueClass, classesOf, offeringCode } from './district/catalogue.ts'
import { DEMO_SEED, isLinkedIn } from './district/files.ts'
import { projectDrafts } from './district/offerings.ts'
import { type DistrictSource, sources } from './district/sources.ts'
import { makeTeachers } from './district/teachers.ts'
import { FIRST_PUSHED_TEACHER } from './push/compose.ts'
import {
  adlCompleted,
  attendedSession,
  cmi5Satisfied,
  type DemoStatement,
  moodleCourseCompleted,
  moodleQuizAttempt,
} from './push/emitters.ts'
import { type Dice, diceOf } from './steady.ts'

/** What one source has to tell about the last weeks, in the order of its telling. */
export interface SourceHistory {
  source: DistrictSource
  statements: DemoStatement[]
}

const DAY_MS = 86_400_000
/** Shorter than the ninety days of the example policy: what is seeded today is not late. */
const REACH_DAYS = 80
/** Beyond it: what is seeded here waits for authority. */
const LATE_DAYS = 120

const SCHOOL_COURSES = [7, 8, 9]
const ONLINE_COURSES = [4, 6, 17, 18, 19]

/**
 * The recent past of 示例区: about 1,200 completions of the first 600 teachers, told by five sources.
 *
 * Deterministic for a seed and a day. It shows each fate once: counted, above a
 * cap, waiting for the school, late, failed, unknown people, an unmapped course, a
 * course that is not approved. Before 2026 it is empty: no class of the catalogue has begun.
 */
export function districtHistory(today: Date, iriBase: string, seed = DEMO_SEED): SourceHistory[] {
  const reach = Math.min(
    REACH_DAYS,
    Math.floor((today.getTime() - Date.parse(CATALOGUE_WINDOW.from)) / DAY_MS) - 1,
  )
  if (reach < 1) return []
  const told: Telling = {
    dice: diceOf(`${seed}/history`),
    today,
    reach,
    iriBase,
    active: makeTeachers(seed)
      .slice(0, FIRST_PUSHED_TEACHER)
      .flatMap(({ status }, index) => (status === '在岗' ? [index] : [])),
    busy: new Set(),
  }
  return [
    { source: sources.moodle, statements: moodleHistory(told) },
    { source: sources.checkIn, statements: checkInHistory(told) },
    { source: sources.province, statements: provinceHistory(told) },
    { source: sources.nation, statements: wholeCourses(told, sources.nation, 12, 0.6) },
    { source: sources.observation, statements: wholeCourses(told, sources.observation, 14, 0.7) },
  ]
}

interface Telling {
  dice: Dice
  today: Date
  reach: number
  iriBase: string
  /** Indexes of the teachers who have a history. */
  active: number[]
  /** `teacher/daysAgo` that is taken: nobody finishes two things on one day. */
  busy: Set<string>
}

function moodleHistory(told: Telling): DemoStatement[] {
  const { dice } = told
  const known = told.active.filter((index) => isLinkedIn(sources.moodle, index))
  const statements = known.flatMap((index) => [
    ...SCHOOL_COURSES.filter(() => dice.chance(0.35)).map((courseNo) => course(told, index, courseNo)),
    // One in twelve has done them all, and stands above the cap for online study.
    ...ONLINE_COURSES.filter(() => index % 12 === 0 || dice.chance(0.07)).flatMap((courseNo) =>
      assessedCourse(told, index, courseNo, dice.chance(0.04) ? dice.whole(20, 59) : dice.whole(60, 100)),
    ),
  ])
  const unknown = told.active
    .filter((index) => !isLinkedIn(sources.moodle, index))
    .map((index) => course(told, index, 7))
  const waiting = known
    .slice(20, 30)
    .flatMap((index, place) => [course(told, index, 16), ...(place < 4 ? [course(told, index, 999)] : [])])
  const late = known
    .slice(40, 52)
    .map((index) => moodleCourseCompleted({ index }, 8, daysBefore(told, LATE_DAYS + (index % 20)), 'late'))
  return [...statements, ...unknown, ...waiting, ...(told.reach === REACH_DAYS ? late : [])]
}

function course(told: Telling, index: number, courseNo: number): DemoStatement {
  return moodleCourseCompleted({ index }, courseNo, freeDay(told, index), `history/${courseNo}`)
}

// The attempt comes first, as it does in life; without it the completion would wait for a pass.
function assessedCourse(told: Telling, index: number, courseNo: number, points: number): DemoStatement[] {
  const at = freeDay(told, index)
  const run = `history/${courseNo}`
  return [
    moodleQuizAttempt({ index }, courseNo, at, points, run),
    moodleCourseCompleted({ index }, courseNo, new Date(at.getTime() + 120_000), run),
  ]
}

function checkInHistory(told: Telling): DemoStatement[] {
  const attended = (classCode: string, no: number, starts: Date, courseNo: number, index: number) =>
    attendedSession(told.iriBase, { index }, { offeringCode: offeringCode(courseNo), classCode, no, starts })
  const linked = told.active.filter((index) => isLinkedIn(sources.checkIn, index))
  return meetings(told).flatMap(({ courseNo, trainingClass }) => {
    const members = linked.filter((index) => (index + courseNo) % 3 === 0)
    return (trainingClass.sessions ?? [])
      .map(({ no, starts }) => ({ no, starts: new Date(starts) }))
      .filter(({ starts }) => isRecent(told, starts))
      .flatMap(({ no, starts }) =>
        members
          .filter(() => told.dice.chance(0.93))
          .map((index) => attended(trainingClass.code, no, starts, courseNo, index)),
      )
  })
}

function meetings(told: Telling): { courseNo: number; trainingClass: CatalogueClass }[] {
  return projectDrafts
    .flatMap(({ offerings }) => offerings)
    .filter(({ sessions }) => sessions !== undefined)
    .flatMap((offering) =>
      classesOf(offering).map((trainingClass) => ({ courseNo: offering.no, trainingClass })),
    )
    .filter(({ trainingClass }) =>
      (trainingClass.sessions ?? []).some(({ starts }) => isRecent(told, new Date(starts))),
    )
}

function provinceHistory(told: Telling): DemoStatement[] {
  return told.active
    .filter((index) => isLinkedIn(sources.province, index))
    .flatMap((index) => cmi5Satisfied({ index }, 11, freeDay(told, index), told.dice.whole(60, 100)))
}

function wholeCourses(
  told: Telling,
  source: DistrictSource,
  courseNo: number,
  share: number,
): DemoStatement[] {
  return told.active
    .filter((index) => isLinkedIn(source, index) && told.dice.chance(share))
    .map((index) => adlCompleted(source, { index }, courseNo, freeDay(told, index)))
}

function isRecent(told: Telling, at: Date): boolean {
  const age = told.today.getTime() - at.getTime()
  return age > DAY_MS && age < told.reach * DAY_MS
}

// A day of the last weeks on which this teacher has finished nothing yet.
function freeDay(told: Telling, index: number): Date {
  let daysAgo = told.dice.whole(1, told.reach)
  for (let tries = 0; told.busy.has(`${index}/${daysAgo}`) && tries < told.reach; tries += 1) {
    daysAgo = (daysAgo % told.reach) + 1
  }
  told.busy.add(`${index}/${daysAgo}`)
  return daysBefore(told, daysAgo)
}

function daysBefore(told: Telling, days: number): Date {
  const localMidnight = Math.floor((told.today.getTime() + 8 * 3_600_000) / DAY_MS) * DAY_MS - 8 * 3_600_000
  return new Date(localMidnight - days * DAY_MS + told.dice.whole(8 * 3_600, 20 * 3_600) * 1_000)
}
