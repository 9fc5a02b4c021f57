import { SERVICE_MODE_LIST, serviceOf } from './service-modes.ts'

/** Ways in which one launch may go wrong on purpose; without any, everything is correct. */
export interface LaunchModes {
  droppedClaims: string[]
  setClaims: [string, unknown][]
  header: (typeof HEADERS)[number] | null
  foreignKey: boolean
  clockSeconds: number
  nonce: (typeof NONCES)[number] | null
  state: (typeof STATES)[number] | null
  post: (typeof POSTS)[number] | null
  /** Another issuer than the true one. */
  issuer: string | null
  /** Another deployment than that of the launch. */
  deploymentId: string | null
  authError: boolean
  storage: (typeof STORAGES)[number]
  login: (typeof LOGINS)[number][]
  share: (typeof SHARES)[number][]
  roles: string[] | null
  /** What a deep-linking request leaves out. */
  deepLink: (typeof DEEP_LINKS)[number][]
  /** The types a deep-linking request accepts. */
  acceptTypes: string[]
  returnUrl: (typeof RETURN_URLS)[number] | null
  moodle: boolean
}

/** Ways in which the key set may fail; they bind the whole platform, not one launch. */
export type KeySetMode = (typeof KEY_SETS)[number]

const HEADERS = [
  'no-kid',
  'unknown-kid',
  'alg-none',
  'alg-hs256',
  'alg-rs512',
  'alg-ps256',
  'jwk',
  'jku',
] as const
const NONCES = ['other', 'missing', 'object', 'replayed'] as const
const STATES = ['other', 'missing', 'invented', 'malformed'] as const
const POSTS = ['twice', 'burst'] as const
const STORAGES = [
  'parent',
  'frame',
  'frame-missing',
  'off',
  'mute',
  'wrong',
  'other-id',
  'other-origin',
  'error',
] as const
const LOGINS = ['get', 'no-client-id', 'no-deployment', 'no-hint'] as const
const SHARES = ['no-names', 'mail'] as const
const DEEP_LINKS = ['single', 'no-lineitem', 'no-types', 'no-data'] as const
const RETURN_URLS = ['javascript', 'foreign', 'quotes', 'presentation', 'services'] as const
const KEY_SETS = ['ok', 'down', 'slow', 'html'] as const

/** A switch of the stand-in platform that does not exist. */
export class UnknownMode extends Error {
  readonly code = 'unknown-mode'

  constructor(word: string) {
    super(`no such mode: ${word}`)
  }
}

/** Every mode with what it does, for the page that offers them. `…` stands for a value. */
export const MODE_LIST: [string, string][] = [
  [
    'moodle',
    'the shapes Moodle 5.0 sends: bare context type, empty sourcedid, unresolved variables, no storage; services without leeway, short roles, malformed links',
  ],
  [
    'claim:drop:…',
    'leaves a claim out; a bare name is one of the LTI core claims, a URL or a JWT name is taken as it is',
  ],
  ['claim:set:…=…', 'sets a claim to a JSON value'],
  [`header:${HEADERS.join('|')}`, 'spoils the header or the algorithm of the token'],
  ['key:other', 'signs with a key that is not published, under the right kid'],
  ['key:rotate · key:retire', 'at once: a new key signs · the older keys are withdrawn'],
  ['clock:±n', 'shifts iat, exp and nbf by n seconds'],
  [`nonce:${NONCES.join('|')}`, 'spoils the nonce'],
  [`state:${STATES.join('|')}`, 'spoils the state beside the token'],
  [`post:${POSTS.join('|')}`, 'sends the same launch again, or eight times at once'],
  ['iss:other[=…]', 'names another issuer'],
  ['deployment:other[=…]', 'names the deployment of another registration'],
  ['auth:error', 'refuses to authenticate, with markup in the text'],
  [`jwks:${KEY_SETS.join('|')}`, 'for the whole platform: the key set fails or recovers'],
  [`storage:${STORAGES.join('|')}`, 'where the platform storage is, or how it fails'],
  [`login:${LOGINS.join('|')}`, 'sends the login by GET, or without an optional or needed parameter'],
  [`share:${SHARES.join('|')}`, 'shares no names, or shares the mail address'],
  ['roles:…', 'the roles of the token, separated by commas; nothing gives an empty list'],
  [
    `deep-link:${DEEP_LINKS.join('|')} · deep-link:types=…`,
    'of a deep-linking request: one item only, no line items, no accept_types, no data; the accepted types, separated by commas',
  ],
  [
    `return-url:${RETURN_URLS.join('|')}`,
    'a deep_link_return_url that is script, lies elsewhere, or has quotes and markup; a hostile return_url of the page; services that lie elsewhere',
  ],
  ...SERVICE_MODE_LIST,
]

/** What a correct launch does. */
export function correctModes(): LaunchModes {
  return {
    droppedClaims: [],
    setClaims: [],
    header: null,
    foreignKey: false,
    clockSeconds: 0,
    nonce: null,
    state: null,
    post: null,
    issuer: null,
    deploymentId: null,
    authError: false,
    storage: 'parent',
    login: [],
    share: [],
    roles: null,
    deepLink: [],
    acceptTypes: ['ltiResourceLink'],
    returnUrl: null,
    moodle: false,
  }
}

/**
 * Reads words such as `clock:+90` or `claim:set:version="11.3"`, in order.
 *
 * Throws UnknownMode for a word it does not know: a test with a misspelt mode
 * would otherwise pass because nothing was spoilt.
 */
export function readModes(words: string[]): LaunchModes {
  const modes = correctModes()
  for (const word of words) readMode(modes, word)
  return modes
}

function readMode(modes: LaunchModes, word: string): void {
  const [kind = '', ...rest] = word.split(':')
  const value = rest.join(':')
  const oneOf = <T extends string>(allowed: readonly T[]): T => {
    if (!allowed.includes(value as T)) throw new UnknownMode(word)
    return value as T
  }
  switch (kind) {
    case 'moodle':
      modes.moodle = true
      modes.storage = 'off'
      return
    case 'claim':
      readClaimMode(modes, word, value)
      return
    case 'header':
      modes.header = oneOf(HEADERS)
      return
    case 'key':
      modes.foreignKey = oneOf(['other']) === 'other'
      return
    case 'clock':
      if (!/^[+-]\d+$/.test(value)) throw new UnknownMode(word)
      modes.clockSeconds = Number(value)
      return
    case 'nonce':
      modes.nonce = oneOf(NONCES)
      return
    case 'state':
      modes.state = oneOf(STATES)
      return
    case 'post':
      modes.post = oneOf(POSTS)
      return
    case 'iss':
      modes.issuer = otherValue(word, value, 'https://other-platform.example')
      return
    case 'deployment':
      modes.deploymentId = otherValue(word, value, '3')
      return
    case 'auth':
      modes.authError = oneOf(['error']) === 'error'
      return
    case 'storage':
      modes.storage = oneOf(STORAGES)
      return
    case 'login':
      modes.login.push(oneOf(LOGINS))
      return
    case 'share':
      modes.share.push(oneOf(SHARES))
      return
    case 'roles':
      modes.roles = value === '' ? [] : value.split(',')
      return
    case 'deep-link':
      if (value.startsWith('types=')) modes.acceptTypes = value.slice('types='.length).split(',')
      else modes.deepLink.push(oneOf(DEEP_LINKS))
      return
    case 'return-url':
      modes.returnUrl = oneOf(RETURN_URLS)
      return
    default:
      // Words of the services spoil later calls, not the launch; they are only checked here.
      if (serviceOf(word) === null) throw new UnknownMode(word)
  }
}

function readClaimMode(modes: LaunchModes, word: string, value: string): void {
  if (value.startsWith('drop:')) {
    modes.droppedClaims.push(claimName(value.slice('drop:'.length)))
    return
  }
  const [, name, json] = /^set:([^=]+)=(.*)$/s.exec(value) ?? []
  if (name === undefined || json === undefined) throw new UnknownMode(word)
  try {
    modes.setClaims.push([claimName(name), JSON.parse(json)])
  } catch {
    throw new UnknownMode(word) // not JSON: text needs its quotes
  }
}

function otherValue(word: string, value: string, fallback: string): string {
  if (value === 'other') return fallback
  if (value.startsWith('other=')) return value.slice('other='.length)
  throw new UnknownMode(word)
}

/** The prefix of the LTI core claims. */
export const LTI_CLAIM = 'https://purl.imsglobal.org/spec/lti/claim/'

const CORE_CLAIMS = [
  'message_type',
  'version',
  'deployment_id',
  'target_link_uri',
  'resource_link',
  'roles',
  'context',
  'tool_platform',
  'launch_presentation',
  'lis',
  'custom',
  'for_user',
]

function claimName(name: string): string {
  return CORE_CLAIMS.includes(name) ? LTI_CLAIM + name : name
}

/** A mode that acts on the whole platform at once; null for one that belongs to a launch. */
export function platformModeOf(word: string): { keySet: KeySetMode } | { keys: 'rotate' | 'retire' } | null {
  if (word === 'key:rotate' || word === 'key:retire')
    return { keys: word === 'key:rotate' ? 'rotate' : 'retire' }
  const keySet = KEY_SETS.find((each) => word === `jwks:${each}`)
  return keySet ? { keySet } : null
}
