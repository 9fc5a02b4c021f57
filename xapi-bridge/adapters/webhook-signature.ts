import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Instant } from '../../foundation/time.ts'

/** What of a request a signature speaks of. */
export interface SignedRequest {
  /** By lower-case name; `webhook-id`, `webhook-timestamp` and `webhook-signature` are read. */
  headers: Readonly<Record<string, string | undefined>>
  /** The bytes as they came. */
  body: Buffer
}

/** Whether a webhook is signed: rightly, not at all, by another secret or over other bytes, or too long ago. */
export type SignatureVerdict = 'right' | 'missing' | 'wrong' | 'stale'

/** How far the time of a webhook may lie from ours, in seconds: what was overheard is of no use later. */
const tolerance = 300
/** During a change of secrets there are two signatures; whoever sends many wants us to work. */
const mostSignatures = 8

/**
 * Checks a signature as 360Learning makes it (its guide to webhook security; the scheme is that of Standard Webhooks):
 * HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}` in Base64, each as `v1,…`, several with blanks between.
 * Signatures of other versions are passed over. Pure.
 */
export function signatureVerdict(
  { headers, body }: SignedRequest,
  secret: string,
  now: Instant,
): SignatureVerdict {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': sent } = headers
  if (!id || !timestamp || !sent) return 'missing'
  const given = sent
    .split(' ')
    .slice(0, mostSignatures)
    .flatMap((one) => (one.startsWith('v1,') ? [Buffer.from(one.slice(3), 'base64')] : []))
  const expected = keysOf(secret).map((key) =>
    createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest(),
  )
  const isRight = given.some((one) => expected.some((right) => isSame(one, right)))
  if (!isRight) return 'wrong'
  // Only then: whoever cannot sign learns nothing of our clock.
  if (!/^\d{1,12}$/.test(timestamp)) return 'stale'
  return Math.abs(now / 1_000_000 - Number(timestamp)) > tolerance ? 'stale' : 'right'
}

function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}

/**
 * The keys that a secret may stand for: behind `whsec_` it is Base64, as that scheme writes it. 360Learning shows its
 * secret without that prefix and does not say which it is, so there it may be Base64 or the text itself.
 */
function keysOf(secret: string): Buffer[] {
  if (secret === '') return []
  const bare = secret.replace(/^whsec_/, '')
  const decoded = /^[A-Za-z0-9+/]+={0,2}$/.test(bare) ? [Buffer.from(bare, 'base64')] : []
  return bare === secret ? [...decoded, Buffer.from(secret)] : decoded
}
