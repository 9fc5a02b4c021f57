import { isIP } from 'node:net'
import { z } from 'zod'
import type { Config } from '../../foundation/config.ts'
import { InvalidInput } from '../../foundation/errors.ts'
import { addressGuard } from '../../foundation/http/outbound-address.ts'
import type { Credential } from './credential.ts'
import { filterSchema } from './filter.ts'
import { redactionSchema } from './redact.ts'
import { webhookEvents } from './signature.ts'

const secret = z.string().min(1).max(500)

/** How an LRS knows us. */
export const credentialWish = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('basic'), key: secret, secret }),
  z.strictObject({
    kind: z.literal('oauth'),
    token_url: z.string().max(1000),
    client_id: secret,
    client_secret: secret,
    scope: z.string().max(500).optional(),
  }),
])
/** See `credentialWish`. */
export type CredentialWish = z.infer<typeof credentialWish>

const parts = {
  name: z.string().trim().min(1).max(120),
  url: z.string().max(1000).describe('of an LRS: its endpoint, to which /statements is added'),
  version: z.enum(['1.0.3', '2.0.0']).describe('xAPI version spoken to an LRS'),
  filter: filterSchema,
  redaction: redactionSchema,
  events: z.array(z.enum(webhookEvents)).min(1),
  source_id: z
    .uuid()
    .nullable()
    .describe('the source that this receiver is: nothing of its own returns to it'),
  credential: credentialWish,
}

/** A new destination. */
export const destinationWish = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('lrs'),
    name: parts.name,
    url: parts.url,
    version: parts.version.default('1.0.3'),
    filter: parts.filter.default({}),
    redaction: parts.redaction.default({ names: 'keep', actors: 'keep' }),
    source_id: parts.source_id.default(null),
    credential: parts.credential.default({ kind: 'none' }),
    from: z.enum(['now', 'start']).default('now').describe('start: what is stored already is sent too'),
  }),
  z.strictObject({
    kind: z.literal('webhook'),
    name: parts.name,
    url: parts.url,
    events: parts.events,
    filter: filterSchema.pick({ sources: true }).default({}),
  }),
])
/** See `destinationWish`. */
export type DestinationWish = z.infer<typeof destinationWish>

/** What may be changed later; whatever is absent stays. */
export const destinationChange = z.strictObject({
  name: parts.name.optional(),
  url: parts.url.optional(),
  version: parts.version.optional(),
  filter: parts.filter.optional(),
  redaction: parts.redaction.optional(),
  events: parts.events.optional(),
  source_id: parts.source_id.optional(),
  credential: parts.credential.optional(),
})
/** See `destinationChange`. */
export type DestinationChange = z.infer<typeof destinationChange>

/**
 * An address that may be sent to, without a slash at its end. Throws InvalidInput (`destination-invalid`). What a name
 * leads to is looked at again with every connection.
 */
export function checkedUrl(text: string, config: Pick<Config, 'allowHttp' | 'destinationPrivate'>): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.hash)
    throw invalid('the address is https://… without a user and without a fragment')
  if (url.protocol === 'http:' && !config.allowHttp)
    throw invalid('the address must be https; plain http is for trials with ALLOW_HTTP')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) && !addressGuard(config.destinationPrivate).permits(host, host))
    throw invalid('the address is private; DESTINATION_PRIVATE names those that are allowed')
  return url.search ? url.href : url.href.replace(/\/+$/, '')
}

/** The credential that a wish describes, its addresses checked. */
export function credentialOf(
  wish: CredentialWish,
  config: Pick<Config, 'allowHttp' | 'destinationPrivate'>,
): Credential {
  if (wish.kind !== 'oauth') return wish
  return {
    kind: 'oauth',
    tokenUrl: checkedUrl(wish.token_url, config),
    clientId: wish.client_id,
    clientSecret: wish.client_secret,
    scope: wish.scope ?? null,
  }
}

/** A destination that cannot be as it was asked for. */
export function invalid(message: string): InvalidInput {
  return new InvalidInput('destination-invalid', message)
}
