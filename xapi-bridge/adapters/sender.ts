import type { FastifyRequest } from 'fastify'
import { NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { NotAuthenticated, NotPermitted, WebhookUnsigned } from '../errors.ts'
import { isUuid } from '../language/terms.ts'
import { type Authenticator, type Caller, refuseUnlessOpen } from '../sources/authenticate.ts'
import { createFailures } from '../sources/failures.ts'
import type { Health } from '../sources/health.ts'
import { permits, type Scope } from '../sources/scopes.ts'
import { signingSecretOf } from '../sources/signing.ts'
import { sourceById } from '../sources/source.ts'
import { type SignatureVerdict, signatureVerdict } from './webhook-signature.ts'

/** What a webhook may do that came without a credential and is signed. */
const signedScopes: readonly Scope[] = ['statements/write', 'statements/void', 'define']

const refusals: Record<Exclude<SignatureVerdict, 'right'>, string> = {
  missing: 'the webhook is not signed: webhook-id, webhook-timestamp and webhook-signature are needed',
  wrong: 'the signature does not fit the bytes that came and the secret that is set here',
  stale: 'the webhook was signed more than five minutes ago, or the clocks differ',
}

/** Says for which source a webhook came. */
export type SenderOf = (request: FastifyRequest<{ Params: { source: string } }>) => Promise<Caller>

/**
 * Makes what says who sends a webhook: a credential of the source, or a signature by the secret that is set for it. Where
 * one is set the signature has to be right, also beside a credential. The sender throws NotAuthenticated,
 * WebhookUnsigned, NotPermitted, NotFound (`source-unknown`) for a credential of another source, and TooMany for an
 * address that failed too often.
 */
export function createSender({
  ground,
  authenticator,
  receiving: { health },
}: {
  ground: Ground
  authenticator: Authenticator
  receiving: { health: Health }
}): SenderOf {
  const { db, config, now, log } = ground
  const failures = createFailures(now)

  return async (request) => {
    const { authorization } = request.headers
    const caller =
      authorization === undefined ? null : await authenticator.callerOf(authorization, request.ip)
    const sourceId = request.params.source.toLowerCase()
    if (caller && !permits(caller.scopes, 'statements/write')) throw new NotPermitted()
    if (caller && caller.source.id !== sourceId)
      throw new NotFound('source-unknown', 'the credential belongs to another source')
    if (!isUuid(sourceId)) throw new NotAuthenticated()
    const secret = await signingSecretOf(db, config, sourceId)
    if (secret === null) {
      if (caller) return caller
      fail(request.ip, sourceId)
      throw new NotAuthenticated()
    }
    const verdict = signatureVerdict(signedIn(request), secret, now())
    if (verdict !== 'right') {
      fail(request.ip, sourceId)
      // Counted, so that a secret that does not fit raises an alarm; but who sent it is not known: it is no push.
      health.note(sourceId, { requests: 1, refused: 1 }, { isPush: false })
      log.warn({ source: sourceId, signature: verdict }, 'webhook refused for its signature')
      throw new WebhookUnsigned(refusals[verdict])
    }
    return caller ?? signedCaller(sourceId)
  }

  /** Only what fails is held up: addresses of sources are known, and behind one proxy everybody may have one address. */
  function fail(address: string, sourceId: string): void {
    failures.check(address, sourceId)
    failures.note(address, sourceId)
  }

  async function signedCaller(sourceId: string): Promise<Caller> {
    const source = await sourceById(db, sourceId)
    if (!source) throw new NotAuthenticated()
    refuseUnlessOpen(source)
    // No key let it in: the source itself stands in the place of one.
    return { source, credentialId: source.id, scopes: new Set(signedScopes) }
  }
}

function signedIn({ headers, body }: FastifyRequest) {
  return {
    headers: headers as Record<string, string | undefined>,
    body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
  }
}
