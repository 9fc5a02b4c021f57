/**
 * The stand-in LTI 1.3 platform, for the demo and for tests. How a test uses it:
 *
 *     const platform = await startDemoPlatform({ port: 0, toolUrl })   // start.ts; `port: 0` takes a free one
 *     platform.registrations                                            // what `platform add` wants to know of it
 *     platform.beginLaunch({ person: 'SL000001', course: 'qing-ting' }) // login parameters and cookie; more in start.ts
 *     platform.setModes(['ags:503*2', 'token:slow=300'])                // spoils what comes from now on; [] mends all
 *     platform.gradebook('qing-ting'), platform.links('qing-ting')      // what the tool's calls have left
 *     platform.beginRegistration({ registrationUrl })                   // address to open, token, configuration
 *     platform.journal(since)                                           // every request, with the status it got
 *
 * Services are as the documents have them; their addresses stand in the launch
 * claims and carry a query that must be kept. The tool's keys are fetched from
 * `{toolUrl}/lti/jwks`, so the tool must listen when it asks for a token.
 * Modes are listed on the page `/switches`. Words of `ags:` and `nrps:` given
 * to one launch bind only the service addresses in its claims; `token:`,
 * `dynreg:`, `jwks:` and `key:rotate` bind the whole platform. A counted mode
 * (`*2`) ends by itself after so many calls. With `moodle` the services answer
 * in the shapes of Moodle 5.0.
 */
import type { FastifyRequest } from 'fastify'
import type { AccessTokens } from './access-tokens.ts'
import type { Site } from './claims.ts'
import type { PlatformCourse } from './courses.ts'
import type { DeepLinkingRequest } from './deep-linking.ts'
import type { Gradebook } from './gradebook.ts'
import type { Journal } from './journal.ts'
import type { KeyRing } from './keys.ts'
import type { Launches } from './launches.ts'
import type { ResourceLink } from './links.ts'
import type { KeySetMode } from './modes.ts'
import type { Person } from './people.ts'
import type { RegistrationLeaves } from './registration.ts'
import type { Roster } from './roster.ts'
import type { ServiceModes } from './service-modes.ts'
import type { ToolKeys } from './tool-keys.ts'
import type { ToolRegistration } from './tools.ts'

/** The state of one running stand-in platform; all of it is in memory and ends with the process. */
export interface Platform {
  site: Site
  tools: ToolRegistration[]
  people: Person[]
  courses: PlatformCourse[]
  links: ResourceLink[]
  roster: Roster
  gradebook: Gradebook
  keys: KeyRing
  keySet: KeySetMode
  toolKeys: ToolKeys
  registrationLeaves: RegistrationLeaves
  accessTokens: AccessTokens
  launches: Launches
  deepLinking: Map<string, DeepLinkingRequest>
  journal: Journal
  /** Modes that apply to every launch, beside its own. */
  standingModes: string[]
  /** Those of the standing modes that spoil services. */
  serviceModes: ServiceModes
  /** Service modes of single launches, by the word in the addresses that these launches named. */
  held: Map<string, ServiceModes>
  /** False where a browser would not keep a cookie for frames (plain http on a name that is not local). */
  bindsByCookie: boolean
  /** Who sent this request, by the session cookie. */
  signedIn(request: FastifyRequest): Person | null
}
