import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { InvalidInput } from './errors.ts'
import { isAllowEntry } from './http/outbound-address.ts'

const httpAddress = z
  .string()
  .regex(/^https?:\/\/[^/\s?#]+$/, 'an address such as https://xueshi.example, without a path')
const secret = z.string().min(32, 'at least 32 characters, drawn at random')
const switchWord = z
  .enum(['0', '1', 'true', 'false', 'on', 'off'])
  .transform((word) => /^(1|true|on)$/.test(word))
// Counted, since whoever asks can write any address in front of those that our own proxies add.
const proxies = z
  .enum(
    ['0', '1', '2', '3', '4', '5', 'true', 'false', 'on', 'off'],
    'how many proxies stand in front: 0 to 5',
  )
  .transform((word) => (/^\d$/.test(word) ? Number(word) : /^(true|on)$/.test(word) ? 1 : 0))
const hostList = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter(Boolean))
  .refine(
    (entries) => entries.every(isAllowEntry),
    'addresses, ranges (10.1.0.0/16) or host names, with commas',
  )

/**
 * Every variable of the environment that Xueshi reads. docs/operations.md lists the same; a test holds the two
 * together. Each secret may also come as a file, named by the variable with `_FILE` behind it.
 */
export const variables = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^(mysql:\/\/|sqlite:).+/, 'mysql://user:pass@host:3306/db or sqlite:path')
    .default('sqlite:./data/xueshi.sqlite'),
  DATABASE_ADMIN_URL: z
    .string()
    .regex(/^(mysql:\/\/|sqlite:).+/, 'mysql://user:pass@host:3306/db or sqlite:path')
    .optional(),
  DATABASE_POOL: z.coerce.number().int().min(1).max(200).default(10),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_533).default(3000),
  PUBLIC_URL: httpAddress.optional(),
  DEMO_PLATFORM_URL: httpAddress.optional(),
  CONTENT_URL: httpAddress.optional(),
  XAPI_IRI_BASE: z
    .string()
    .regex(/^https?:\/\/\S+\/$/, 'an IRI that ends with /')
    .default('https://xueshi.example/xapi/'),
  XAPI_DEFAULT_VERSION: z.enum(['1.0.3', '2.0.0']).default('1.0.3'),
  XAPI_ATTACHMENTS_MB: z.coerce.number().int().min(0).max(256).default(16),
  BRIDGE_URL: httpAddress.optional(),
  REJECTED_INPUT_DAYS: z.coerce.number().int().min(1).max(3650).default(90),
  SESSION_SECRET: secret.optional(),
  TOKEN_SECRET: secret.optional(),
  TOOL_KEY_SECRET: secret.optional(),
  IDENTITY_KEY: secret.optional(),
  IDENTITY_HASH_KEY: secret.optional(),
  DESTINATION_PRIVATE: hostList.default([]),
  PLATFORM_PRIVATE: hostList.default([]),
  DELIVERY_DAYS: z.coerce.number().int().min(8).max(3660).default(30),
  ALLOW_HTTP: switchWord.default(false),
  TRUST_PROXY: proxies.default(0),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  NODE_ENV: z.string().optional(),
})

/** The five secrets, each for one purpose and different from the others. */
export const secretNames = [
  'SESSION_SECRET',
  'TOKEN_SECRET',
  'TOOL_KEY_SECRET',
  'IDENTITY_KEY',
  'IDENTITY_HASH_KEY',
] as const

/** One of the five secrets, by the name of its variable. */
export type SecretName = (typeof secretNames)[number]

/** What one process was told, checked. Addresses carry no trailing slash. */
export interface Config {
  databaseUrl: string
  databaseAdminUrl: string
  databasePool: number
  host: string
  port: number
  publicUrl: string
  demoPlatformUrl: string
  contentUrl: string
  /** Where the tool reaches the bridge's endpoint: ends with /xapi. */
  bridgeUrl: string
  xapiIriBase: string
  xapiDefaultVersion: '1.0.3' | '2.0.0'
  /** How many bytes of attachments one request may bring, and about how many one answer holds. */
  xapiAttachmentBytes: number
  /** For so many days refused requests are kept. */
  rejectedInputDays: number
  sessionSecret: string
  tokenSecret: string
  toolKeySecret: string
  identityKey: string
  identityHashKey: string
  /** Private addresses, ranges and host names that destinations of forwarding may have. */
  destinationPrivate: string[]
  /** Private addresses, ranges and host names that learning platforms may have. */
  platformPrivate: string[]
  /** So many days a delivery stays listed after it arrived. */
  deliveryDays: number
  allowHttp: boolean
  /** So many proxies in front add to `X-Forwarded-For`; what stands before theirs is anybody's word. */
  trustProxy: number
  logLevel: string
  production: boolean
  /** The civil zone of the district. */
  timeZone: string
}

/** A variable that cannot be used; says which, and what is allowed. */
function refused(problems: string[]): InvalidInput {
  return new InvalidInput(
    'config-invalid',
    `the settings cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
  )
}

/**
 * Reads and checks the environment. Throws InvalidInput (`config-invalid`) naming each variable that is wrong and what
 * is allowed. `secrets` fills what the environment leaves out (`npm start` makes them beside the embedded database).
 */
export function readConfig(
  env: NodeJS.ProcessEnv,
  secrets: Partial<Record<SecretName, string>> = {},
): Config {
  const given: Record<string, string | undefined> = { ...secrets }
  for (const name of Object.keys(variables.shape)) if (env[name]) given[name] = env[name]
  for (const name of secretNames) {
    const file = env[`${name}_FILE`]
    if (file) given[name] = secretFromFile(name, file)
  }

  const parsed = variables.safeParse(given)
  if (!parsed.success) {
    throw refused(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
  }
  const read = parsed.data
  const missing = secretNames.filter((name) => !read[name])
  if (missing.length > 0) {
    throw refused(missing.map((name) => `${name} (or ${name}_FILE): at least 32 characters, drawn at random`))
  }
  const values = secretNames.map((name) => read[name] as string)
  if (new Set(values).size < values.length) throw refused(['the five secrets must differ from each other'])

  const publicUrl = read.PUBLIC_URL ?? `http://localhost:${read.PORT}`
  const allowHttp = read.ALLOW_HTTP
  return {
    databaseUrl: read.DATABASE_URL,
    databaseAdminUrl: read.DATABASE_ADMIN_URL ?? read.DATABASE_URL,
    databasePool: read.DATABASE_POOL,
    host: read.HOST,
    port: read.PORT,
    publicUrl,
    demoPlatformUrl: read.DEMO_PLATFORM_URL ?? `http://127.0.0.1:${read.PORT + 1}`,
    contentUrl: read.CONTENT_URL ?? `http://localhost:${read.PORT + 2}`,
    bridgeUrl: `${read.BRIDGE_URL ?? read.PUBLIC_URL ?? `http://${loopbackOf(read.HOST)}:${read.PORT}`}/xapi`,
    xapiIriBase: read.XAPI_IRI_BASE,
    xapiDefaultVersion: read.XAPI_DEFAULT_VERSION,
    xapiAttachmentBytes: read.XAPI_ATTACHMENTS_MB * 1024 * 1024,
    rejectedInputDays: read.REJECTED_INPUT_DAYS,
    sessionSecret: read.SESSION_SECRET as string,
    tokenSecret: read.TOKEN_SECRET as string,
    toolKeySecret: read.TOOL_KEY_SECRET as string,
    identityKey: read.IDENTITY_KEY as string,
    identityHashKey: read.IDENTITY_HASH_KEY as string,
    destinationPrivate: read.DESTINATION_PRIVATE,
    platformPrivate: read.PLATFORM_PRIVATE,
    deliveryDays: read.DELIVERY_DAYS,
    allowHttp,
    trustProxy: read.TRUST_PROXY,
    logLevel: read.LOG_LEVEL,
    production: read.NODE_ENV === 'production',
    timeZone: 'Asia/Shanghai',
  }
}

/** An address to reach a listener by: one that listens everywhere is reached on the loopback. */
function loopbackOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

/**
 * Refuses to serve people over plain http, but for addresses of this machine alone or where ALLOW_HTTP is on. Throws
 * InvalidInput (`config-invalid`).
 */
export function requireSecureAddress(config: Config): void {
  const { protocol, hostname } = new URL(config.publicUrl)
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
  if (protocol === 'https:' || local || config.allowHttp) return
  throw refused(['PUBLIC_URL: must be https, or set ALLOW_HTTP=1 for a trial'])
}

function secretFromFile(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    throw refused([`${name}_FILE: the file it names cannot be read (${why})`])
  }
}
