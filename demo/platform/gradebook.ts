import type { PlatformCourse } from './courses.ts'
import { ownLinkId, type ResourceLink } from './links.ts'

/** What a tool says of a line item; the names are those of AGS 2.0 §3.2. */
export interface LineItemFields {
  label: string
  scoreMaximum: number
  resourceLinkId?: string
  resourceId?: string
  tag?: string
  startDateTime?: string
  endDateTime?: string
  gradesReleased?: boolean
  submissionReview?: SubmissionReview
}

/** How a submission behind a grade is opened in the tool (LTI Submission Review 1.0 §3). */
export interface SubmissionReview {
  reviewableStatus?: string[]
  label?: string
  url?: string
  custom?: Record<string, string>
}

/** The last score that was sent for somebody. */
export interface Score {
  userId: string
  /** As it was sent. */
  timestamp: string
  activityProgress: string
  gradingProgress: string
  scoreGiven?: number
  scoreMaximum?: number
  comment?: string
  submission?: unknown
}

/** A column of the gradebook of one course; it belongs to the client that made it. */
export interface LineItem extends LineItemFields {
  id: string
  courseId: string
  clientId: string
  /** By `userId`. */
  scores: Map<string, Score>
}

/** The columns of every course. */
export interface Gradebook {
  /** Oldest first. */
  itemsOf(course: PlatformCourse, clientId: string): LineItem[]
  add(course: PlatformCourse, clientId: string, fields: LineItemFields): LineItem
  remove(item: LineItem): void
}

/**
 * Keeps the gradebook in memory.
 *
 * A course whose own link opens an offering has a column for that link from
 * the start, as Moodle couples one to a graded activity.
 */
export function openGradebook(): Gradebook {
  const columns = new Map<string, { items: LineItem[]; last: number }>()

  function columnsOf(course: PlatformCourse, clientId: string) {
    const key = JSON.stringify([course.id, clientId])
    const known = columns.get(key)
    if (known) return known
    const made = { items: [] as LineItem[], last: 0 }
    columns.set(key, made)
    if (course.offeringCode !== null) {
      const fields = { label: course.title.zh, scoreMaximum: 100, resourceLinkId: ownLinkId(course) }
      append(made, course, clientId, fields)
    }
    return made
  }

  function append(
    to: { items: LineItem[]; last: number },
    course: PlatformCourse,
    clientId: string,
    fields: LineItemFields,
  ): LineItem {
    to.last += 1
    const item = { ...fields, id: String(to.last), courseId: course.id, clientId, scores: new Map() }
    to.items.push(item)
    return item
  }

  return {
    itemsOf: (course, clientId) => [...columnsOf(course, clientId).items],
    add: (course, clientId, fields) => append(columnsOf(course, clientId), course, clientId, fields),
    remove(item) {
      const found = columns.get(JSON.stringify([item.courseId, item.clientId]))
      if (found) found.items = found.items.filter((each) => each !== item)
    },
  }
}

/**
 * The grade of a score, in points of its line item; null where there is none.
 *
 * Only a fully graded score gives one: any other takes away what was there
 * (AGS 2.0 §3.4.6), as Moodle does.
 */
export function gradeOf(item: LineItem, score: Score | undefined): number | null {
  if (score?.gradingProgress !== 'FullyGraded' || score.scoreGiven === undefined) return null
  return (score.scoreGiven / (score.scoreMaximum ?? item.scoreMaximum)) * item.scoreMaximum
}

/** The one line item of a link; null where it has none or several, as a launch then names none (AGS 2.0 §3.1). */
export function itemOfLink(items: LineItem[], link: ResourceLink): LineItem | null {
  const found = items.filter((item) => item.resourceLinkId === link.id)
  return found.length === 1 ? (found[0] ?? null) : null
}
