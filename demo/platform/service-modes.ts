/** A service that machines call. */
export type Service = 'token' | 'ags' | 'nrps' | 'dynreg'

/** What is spoilt for one call: names of modes with their values, which may be empty. */
export type Faults = Map<string, string>

interface ServiceMode {
  service: Service
  name: string
  value: string
  /** The part of the service that it binds; null binds all. */
  part: string | null
  /** How many calls are still to be spoilt. */
  left: number
}

const NAMES: Record<Service, readonly string[]> = {
  token: ['401', 'html', 'bad-json', 'no-scope', 'slow', '503', 'hang'],
  ags: ['400', '401', '403', '404', '409', '429', '500', '503', 'hang', 'late'],
  nrps: [
    'page',
    'loop',
    'foreign-next',
    'short-roles',
    'huge',
    'no-names',
    'duplicate',
    'html',
    '401',
    '403',
    '503',
    'hang',
  ],
  dynreg: ['200', 'foreign-issuer', 'redirect', 'private', 'huge', 'slow', 'hang', 'no-deployment', '400'],
}

const PARTS = ['lineitems', 'lineitem', 'scores', 'results']
const SHAPE = /^(token|ags|nrps|dynreg):([a-z0-9-]+)(?:=([^@*]*))?(?:@([a-z]+))?(?:\*([1-9]\d*))?$/

/** Every mode of the services with what it does, for the page that offers them. */
export const SERVICE_MODE_LIST: [string, string][] = [
  [
    '….=value · …@part · …*n',
    'for the modes below: a value; of AGS only lineitems, lineitem, scores or results; only the next n calls',
  ],
  [
    `token:${NAMES.token.join('|')}`,
    'for the whole platform: the token endpoint fails; slow=ms (12000) answers rightly, but late',
  ],
  [
    `ags:${NAMES.ags.join('|')}`,
    'AGS fails; 429=s sets Retry-After; hang never answers; late stores the score and drops the connection',
  ],
  [
    `nrps:${NAMES.nrps.join('|')}`,
    'oddities of the roster: page=n people to a page, whatever is asked for; a next page that is this page, or lies elsewhere; short roles; huge=bytes (8 MiB); …',
  ],
  [
    `dynreg:${NAMES.dynreg.join('|')}`,
    'oddities of the registration: 200 for 201; another issuer; a redirect; endpoints on private addresses; …',
  ],
]

/** Reads a word such as `ags:429=3@scores*2`; null where it is no mode of a service. */
function readServiceMode(word: string): ServiceMode | null {
  const [, service, name = '', value = '', part, times] = SHAPE.exec(word) ?? []
  if (service === undefined || !NAMES[service as Service].includes(name)) return null
  if (part !== undefined && (service !== 'ags' || !PARTS.includes(part))) return null
  return {
    service: service as Service,
    name,
    value,
    part: part ?? null,
    left: times === undefined ? Number.POSITIVE_INFINITY : Number(times),
  }
}

/** The service that a word spoils; null where it is no mode of a service. */
export function serviceOf(word: string): Service | null {
  return readServiceMode(word)?.service ?? null
}

/** Modes of the services that are in force, with what is left of their counts. */
export interface ServiceModes {
  /** Whether the services answer in the shapes of Moodle. */
  moodle: boolean
  /** The faults of one call. Each counted mode that it names has one call less afterwards. */
  forCall(service: Service, part?: string): Faults
}

/** Puts the service modes among `words` in force; words of other kinds are left alone. */
export function openServiceModes(words: string[]): ServiceModes {
  const modes = words.map(readServiceMode).filter((mode) => mode !== null)
  return {
    moodle: words.includes('moodle'),
    forCall(service, part) {
      const found = modes.filter(
        (mode) =>
          mode.service === service && mode.left > 0 && (mode.part === null || mode.part === (part ?? null)),
      )
      for (const mode of found) mode.left -= 1
      return new Map(found.map(({ name, value }) => [name, value]))
    },
  }
}
