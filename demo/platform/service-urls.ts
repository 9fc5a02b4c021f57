import type { PlatformCourse } from './courses.ts'
import type { LineItem } from './gradebook.ts'

/** The address of a course's list of line items for one client; `faults` carries what a launch wants spoilt. */
export function lineItemsUrl(
  publicUrl: string,
  course: PlatformCourse,
  clientId: string,
  faults: string | null,
): string {
  return `${servicesOf(publicUrl, course.id)}/lineitems?${queryFor(clientId, faults)}`
}

/** The address of one line item, which has a query, so that `/scores` cannot be put at its end. */
export function lineItemUrl(publicUrl: string, item: LineItem, faults: string | null): string {
  const { courseId, clientId, id } = item
  return `${servicesOf(publicUrl, courseId)}/lineitems/${id}/lineitem?${queryFor(clientId, faults)}`
}

/** The address of a course's roster for one client. */
export function membershipsUrl(
  publicUrl: string,
  course: PlatformCourse,
  clientId: string,
  faults: string | null,
): string {
  return `${servicesOf(publicUrl, course.id)}/memberships?${queryFor(clientId, faults)}`
}

function servicesOf(publicUrl: string, courseId: string): string {
  return `${publicUrl}/lti/services/${courseId}`
}

function queryFor(clientId: string, faults: string | null): URLSearchParams {
  return new URLSearchParams({ client: clientId, ...(faults === null ? {} : { faults }) })
}
