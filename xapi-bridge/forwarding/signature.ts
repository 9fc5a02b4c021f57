import { createHmac } from 'node:crypto'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { Credential } from './credential.ts'

/** What a webhook may be told of. */
export const webhookEvents = [
  'completion.accepted',
  'claim.posted',
  'claim.reversed',
  'statement.quarantined',
  'source.silent',
] as const
/** One of `webhookEvents`. */
export type WebhookEvent = (typeof webhookEvents)[number]

/**
 * The headers of one webhook request. The receiver computes HMAC-SHA256 over timestamp, a full stop and the body, and
 * compares in constant time; while a secret is being changed there are two signatures, the newer first.
 */
export function webhookHeaders(
  message: { event: string; deliveryId: Id; body: string },
  credential: Credential & { kind: 'signature' },
  now: Instant,
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1_000_000))
  const secrets = [credential.secret]
  if (credential.previous && credential.previous.until > now) secrets.push(credential.previous.secret)
  return {
    'content-type': 'application/json; charset=utf-8',
    'x-xueshi-event': message.event,
    'x-xueshi-delivery': message.deliveryId,
    'x-xueshi-timestamp': timestamp,
    'x-xueshi-signature': secrets
      .map((secret) => `v1=${signatureOf(secret, timestamp, message.body)}`)
      .join(', '),
  }
}

function signatureOf(secret: string, timestamp: string, body: string): string {
  return createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
}
