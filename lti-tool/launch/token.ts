import { compactVerify, decodeProtectedHeader } from 'jose'
import type { PlatformKeys } from './platform-keys.ts'
import { LaunchRefused } from './refusal.ts'
import type { Registration } from './registration.ts'

/** The token claims of a launch, as JSON gave them; nothing of them is believed before `verifiedClaims` returned. */
export type TokenClaims = Record<string, unknown>

const toleranceSeconds = 60
const oldestSeconds = 600
const longestLifeSeconds = 86_400

/**
 * Verifies an id_token against the login it answers: header, signature, issuer, audience, times, nonce, in this order
 * (lti.md §1.3, steps 6 to 10). Throws LaunchRefused with the code of the step.
 */
export async function verifiedClaims(
  token: string,
  expected: { registration: Registration; nonce: string; keys: PlatformKeys; nowSeconds: number },
): Promise<TokenClaims> {
  const { registration, nonce, keys, nowSeconds } = expected
  const key = await keys.keyOf(registration.jwksUrl, kidOf(token))
  const claims = await signedClaims(token, key)
  refuseIf(addresseeFault(claims, registration))
  refuseIf(timesFault(claims, nowSeconds))
  if (typeof claims.nonce !== 'string' || claims.nonce !== nonce) {
    throw new LaunchRefused('lti-nonce-mismatch', 'the nonce is not that of the login')
  }
  return claims
}

function refuseIf(fault: string | null): void {
  if (fault) throw new LaunchRefused('lti-token-invalid', fault)
}

/** jose would take the only key of a set for a token without kid, so kid is demanded here. Keys in the header are never used. */
function kidOf(token: string): string {
  let header: { alg?: unknown; kid?: unknown }
  try {
    header = decodeProtectedHeader(token)
  } catch {
    throw new LaunchRefused('lti-token-invalid', 'the header cannot be read')
  }
  if (header.alg !== 'RS256') throw new LaunchRefused('lti-token-invalid', 'alg is not RS256')
  if (typeof header.kid !== 'string' || header.kid === '')
    throw new LaunchRefused('lti-token-invalid', 'no kid')
  return header.kid
}

async function signedClaims(token: string, key: Parameters<typeof compactVerify>[1]): Promise<TokenClaims> {
  try {
    const { payload } = await compactVerify(token, key, { algorithms: ['RS256'] })
    const claims: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
    if (typeof claims === 'object' && claims !== null && !Array.isArray(claims)) return claims as TokenClaims
  } catch (error) {
    throw new LaunchRefused('lti-token-invalid', (error as Error).name, 'unauthenticated', error)
  }
  throw new LaunchRefused('lti-token-invalid', 'the payload is no object')
}

/** Whether the token is from this issuer and for us; says what is wrong, or null. */
function addresseeFault(
  claims: TokenClaims,
  { iss, clientId }: { iss: string; clientId: string },
): string | null {
  if (claims.iss !== iss) return 'iss is not that of the login'
  const audience = Array.isArray(claims.aud) ? claims.aud : [claims.aud]
  if (!audience.includes(clientId)) return 'aud does not name us'
  if (audience.length > 1 && claims.azp === undefined) return 'aud has several entries and azp is missing'
  if (claims.azp !== undefined && claims.azp !== clientId) return 'azp does not name us'
  return null
}

/** Whether the token is of now, give or take a minute between the clocks; says what is wrong, or null. */
function timesFault({ exp, iat, nbf }: TokenClaims, nowSeconds: number): string | null {
  if (!isTime(exp) || !isTime(iat)) return 'exp or iat is missing'
  if (exp + toleranceSeconds <= nowSeconds) return 'expired'
  if (iat > nowSeconds + toleranceSeconds) return 'iat lies ahead'
  if (iat < nowSeconds - oldestSeconds - toleranceSeconds) return 'iat is too long ago'
  if (exp - iat > longestLifeSeconds) return 'exp lies too far behind iat'
  if (nbf === undefined) return null
  if (!isTime(nbf)) return 'nbf is no time'
  return nbf > nowSeconds + toleranceSeconds ? 'nbf lies ahead' : null
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
