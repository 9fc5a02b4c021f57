import type { FastifyRequest } from 'fastify'
import type { Site } from './claims.ts'
import type { PlatformCourse } from './courses.ts'
import type { Journal } from './journal.ts'
import type { KeyRing } from './keys.ts'
import type { Launches } from './launches.ts'
import type { KeySetMode } from './modes.ts'
import type { Person } from './people.ts'
import type { PlatformRegistration } from './registrations.ts'

/** The state of one running stand-in platform; all of it is in memory and ends with the process. */
export interface Platform {
  site: Site
  toolUrl: string
  registrations: PlatformRegistration[]
  people: Person[]
  courses: PlatformCourse[]
  keys: KeyRing
  keySet: KeySetMode
  launches: Launches
  journal: Journal
  /** Modes that apply to every launch, beside its own. */
  standingModes: string[]
  /** False where a browser would not keep a cookie for frames (plain http on a name that is not local). */
  bindsByCookie: boolean
  /** The registered redirect_uri of a client; null for an unknown client. */
  redirectUriOf(clientId: string | undefined): string | null
  /** Who sent this request, by the session cookie. */
  signedIn(request: FastifyRequest): Person | null
}
