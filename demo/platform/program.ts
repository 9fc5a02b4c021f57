import { prepareLaunch } from './begin.ts'
import type { PlatformCourse } from './courses.ts'
import { loginParametersOf } from './launches.ts'
import type { Person } from './people.ts'
import type { Platform } from './platform.ts'
import { SESSION_COOKIE, type Sessions } from './sessions.ts'
import { toolOfDeployment } from './tools.ts'

/** A launch that a program wants; people and courses are named by their keys. */
export interface WantedLaunch {
  person: string
  course: string
  /** Default: the deployment of the link, else of the person. */
  deployment?: string
  modes?: string[]
  /** A link other than the course's own. */
  link?: string
  /** Asks for content to add, whoever the person is. */
  addContent?: true
  /** Looks at somebody's submission; the line item is the first of the course unless told. */
  review?: { learner: string; lineItem?: string }
}

/** A launch begun by a program instead of a person in a browser. */
export interface BegunLaunch {
  loginUrl: string
  /** The login initiation, in order, to be sent by GET or as a form. */
  parameters: [string, string][]
  /** The `Cookie` header with which the authentication endpoint must be visited. */
  cookie: string
}

/** Begins a launch for a program. Throws for whatever it names that does not exist. */
export function beginFor(platform: Platform, sessions: Sessions, wanted: WantedLaunch): BegunLaunch {
  const person = personIn(platform, wanted.person)
  const course = courseIn(platform, wanted.course)
  const link = platform.links.find((each) => each.id === wanted.link && each.courseId === course.id) ?? null
  if (wanted.link !== undefined && !link) throw new Error(`no such link: ${wanted.link}`)
  const deploymentId = wanted.deployment ?? link?.deploymentId ?? person.deploymentId
  const tool = toolOfDeployment(platform.tools, deploymentId)
  if (!tool) throw new Error(`no such deployment: ${deploymentId}`)
  const launch = prepareLaunch(platform, {
    person,
    course,
    link,
    kind: kindOf(platform, course, tool.clientId, wanted),
    tool,
    deploymentId,
    documentTarget: 'iframe',
    locale: 'zh-CN',
    words: wanted.modes ?? [],
  })
  return {
    loginUrl: tool.loginUrl,
    parameters: loginParametersOf(launch, platform.site.publicUrl),
    cookie: `${SESSION_COOKIE}=${sessions.begin(person)}`,
  }
}

/** The person with this key. Throws where there is none. */
export function personIn(platform: Platform, key: string): Person {
  const found = platform.people.find((each) => each.key === key)
  if (!found) throw new Error(`no such person: ${key}`)
  return found
}

/** The course with this id. Throws where there is none. */
export function courseIn(platform: Platform, id: string): PlatformCourse {
  const found = platform.courses.find((each) => each.id === id)
  if (!found) throw new Error(`no such course: ${id}`)
  return found
}

function kindOf(
  platform: Platform,
  course: PlatformCourse,
  clientId: string,
  { addContent, review }: WantedLaunch,
) {
  if (addContent) return { to: 'add-content' as const }
  if (!review) return { to: 'open' as const }
  const items = platform.gradebook.itemsOf(course, clientId)
  const lineItem = review.lineItem ? items.find((item) => item.id === review.lineItem) : items[0]
  if (!lineItem) throw new Error(`no such line item: ${review.lineItem ?? 'the first'}`)
  return { to: 'review' as const, learner: personIn(platform, review.learner), lineItem }
}
