import { AsyncLocalStorage } from 'node:async_hooks'
import { InvalidInput } from '../../foundation/errors.ts'
import type { LtijsPlugin } from './store.ts'

/** What ltijs wants to know of a platform. */
export interface LtijsPlatformInput {
  url: string
  name: string
  clientId: string
  authenticationEndpoint: string
  accesstokenEndpoint: string
  authConfig: { method: 'JWK_SET'; key: string }
}

/** A registration as ltijs hands it out. Only what we call is declared, so that a deprecated name does not compile. */
export interface LtijsPlatform {
  platformActive(): Promise<boolean>
  platformAccessToken(scopes: string): Promise<unknown>
}

/** What ltijs reads of a launch when it signs the answer to a deep-linking request. */
export interface LtijsDeepLinkingToken {
  iss: string
  clientId: string
  deploymentId: string
  platformContext: { deepLinkingSettings: Record<string, unknown> }
}

/** What ltijs's services read of a launch. */
export interface LtijsToken {
  iss: string
  clientId: string
  deploymentId: string
  user: string
  platformContext: {
    endpoint: { lineitems: string | null }
    namesRoles: { context_memberships_url: string | null }
    resource: { id: string | null }
  }
}

/** A score as ltijs sends it; `timestamp` is written into it. */
export interface LtijsScore {
  userId: string
  scoreGiven: number
  scoreMaximum: number
  activityProgress: 'Completed'
  gradingProgress: 'FullyGraded'
  timestamp?: string
}

/** ltijs's assignment and grade services. What comes back is looked at by whoever asked. */
export interface LtijsGrade {
  submitScore(token: LtijsToken, lineItemUrl: string, score: LtijsScore): Promise<unknown>
  getLineItems(token: LtijsToken, options: { resourceLinkId: true }): Promise<{ lineItems: unknown }>
  createLineItem(
    token: LtijsToken,
    lineItem: { scoreMaximum: number; label: string; resourceId: string; tag: string },
    options: { resourceLinkId: true },
  ): Promise<unknown>
  getScores(
    token: LtijsToken,
    lineItemUrl: string,
    options: { url: string } | Record<string, never>,
  ): Promise<{ scores: unknown; next?: string }>
}

/** ltijs's roster service. */
export interface LtijsNamesAndRoles {
  getMembers(token: LtijsToken, options: { url: string }): Promise<unknown>
}

/** The methods of ltijs that Xueshi calls, and no others. */
export interface LtijsProvider {
  Grade: LtijsGrade
  NamesAndRoles: LtijsNamesAndRoles
  setup(key: string, database: { plugin: LtijsPlugin }, options: { cors: false }): unknown
  registerPlatform(platform: LtijsPlatformInput): Promise<LtijsPlatform>
  getPlatform(url: string, clientId: string): Promise<LtijsPlatform | false>
  deletePlatform(url: string, clientId: string): Promise<true>
  DeepLinking: {
    createDeepLinkingMessage(
      token: LtijsDeepLinkingToken,
      items: object[],
      words: { message: string; log: string },
    ): Promise<string>
  }
}

/**
 * Refuses to go on in production while DEBUG would make ltijs print tokens, bodies and the use of keys. Throws
 * InvalidInput `config-invalid`.
 */
export function refuseDebugOutput(production: boolean, debug = process.env.DEBUG ?? ''): void {
  const names = debug.split(/[\s,]+/).filter((name) => name !== '' && !name.startsWith('-'))
  const covers = (name: string) => name.endsWith('*') && 'provider:'.startsWith(name.slice(0, -1))
  if (!production || !names.some((name) => name.startsWith('provider') || covers(name))) return
  throw new InvalidInput(
    'config-invalid',
    'DEBUG: must not name provider or * in production, since ltijs would print tokens',
  )
}

const current = new AsyncLocalStorage<LtijsPlugin>()

/** ltijs is one object a process; each call finds the store of whoever made it. */
const plugin: LtijsPlugin = {
  setup: () => store().setup(),
  Close: () => store().Close(),
  Get: (...given) => store().Get(...given),
  Insert: (...given) => store().Insert(...given),
  Replace: (...given) => store().Replace(...given),
  Modify: (...given) => store().Modify(...given),
  Delete: (...given) => store().Delete(...given),
}

function store(): LtijsPlugin {
  const found = current.getStore()
  if (!found) throw new Error('ltijs was entered from outside lti-services')
  return found
}

let loading: Promise<LtijsProvider> | undefined

/**
 * Runs one piece of work with ltijs on a store. ltijs is loaded at the first call (0.4 s, mongoose comes along), set
 * up once, and never mounted or deployed: nothing of it listens, and no launch passes through it.
 *
 * The word given to `setup` seals nothing: the store has its own secret.
 */
export async function withLtijs<T>(
  onStore: LtijsPlugin,
  work: (lti: LtijsProvider) => Promise<T>,
): Promise<T> {
  loading ??= load()
  const lti = await loading
  return current.run(onStore, () => work(lti))
}

/** Loads ltijs ahead of the first call, so that no platform's deadline pays for it. */
export async function loadLtijs(): Promise<void> {
  loading ??= load()
  await loading
}

async function load(): Promise<LtijsProvider> {
  // @ts-expect-error ltijs has no types; those of its calls that we make are declared above.
  const { default: ltijs } = await import('ltijs')
  const lti = ltijs.Provider as LtijsProvider
  lti.setup('sealed by the store', { plugin }, { cors: false })
  return lti
}
