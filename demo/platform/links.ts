import type { PlatformCourse } from './courses.ts'

/** A link to the tool inside a course. */
export interface ResourceLink {
  id: string
  courseId: string
  title: string
  text: string
  /** Where it opens in the tool; null leads to the tool's launch address. */
  url: string | null
  custom: Record<string, string>
  /** The deployment through which it was added; null for the course's own link, which any may open. */
  deploymentId: string | null
}

/** The id of the link that a course has from the start. */
export function ownLinkId(course: PlatformCourse): string {
  return `link-${course.id}`
}

/** The link that a course has from the start. */
export function ownLinkOf(course: PlatformCourse): ResourceLink {
  return {
    id: ownLinkId(course),
    courseId: course.id,
    title: course.title.zh,
    text: course.about.zh,
    url: null,
    custom: course.offeringCode === null ? {} : { offering_code: course.offeringCode },
    deploymentId: null,
  }
}

/** The links of one course, its own one first. */
export function linksOf(links: ResourceLink[], course: PlatformCourse): ResourceLink[] {
  return links.filter((link) => link.courseId === course.id)
}
