import type { Dice } from '../../../demo/steady.ts'

/** What a platform sends, as JSON; invalid ones among them on purpose. */
export type Sent = Record<string, unknown>

/** A course as the district approved it, and what the platform calls it. */
export interface Course {
  code: string
  /** Thousandths. */
  milliHours: number
  passMark: number | null
  /** Activity ids that the district entered: more than one where the platform changes its mind. */
  ids: string[]
  /** Codes of the courses that a path contains. */
  contains?: string[]
}

/** Somebody who learns; the n-th, from 0. */
export interface Learner {
  no: number
  teacherNo: string
}

/**
 * How it truly ended. done · failed: the test was not passed · left: never finished · withdrawn: the platform took the
 * completion back · waived: somebody was let off · repeated: finished twice, which is still once.
 */
export type Ending = 'done' | 'failed' | 'left' | 'withdrawn' | 'waived' | 'repeated'

/** Somebody did a course. */
export interface Deed {
  learner: Learner
  course: Course
  at: Date
  ending: Ending
}

/** What one platform tells of one deed. */
export interface Telling {
  /** All that is valid; the order of arrival must not matter. */
  statements: Sent[]
  /** What the endpoint must refuse, each alone. */
  refused: Sent[]
  /** Must be refused with 409 once its counterpart is stored. */
  conflicting: { first: Sent; second: Sent }[]
}

/** How a platform names somebody, for the district's identity links; null: nobody can be told from it. */
export type Name = { homePage: string; name: string } | { mbox: string }

/** A kind of platform, played from outside. */
export interface Emitter {
  /** Also the name of its source. */
  name: string
  preset: string
  homePages: string[]
  /** How it shows who it is; default a key and a secret. */
  enters?: 'basic' | 'oauth'
  courses: Course[]
  endings: Ending[]
  nameOf(learner: Learner): Name
  tell(deed: Deed, dice: Dice): Telling
}

/** A telling with nothing refused. */
export function told(statements: Sent[]): Telling {
  return { statements, refused: [], conflicting: [] }
}

/** The namespace of the verbs of ADL. */
export const adl = 'http://adlnet.gov/expapi/verbs'

/** An instant some minutes before or after. */
export function minutesFrom(at: Date, minutes: number): Date {
  return new Date(at.getTime() + minutes * 60_000)
}

/** The same instant as wall clocks east of Greenwich write it, to the second. */
export function inChina(at: Date): string {
  return `${new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`
}

/** The same instant with microseconds and an offset of nothing. */
export function inMicroseconds(at: Date): string {
  return `${at.toISOString().slice(0, 23)}417+00:00`
}

/** The same statement under another id: what a sender does that does not remember having sent it. */
export function underNewId(statement: Sent, id: string): Sent {
  return { ...statement, id }
}
