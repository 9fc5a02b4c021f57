import { createHmac, type KeyObject } from 'node:crypto'
import { base64url, type JWTHeaderParameters, SignJWT } from 'jose'
import { type KeyRing, publicJwk } from './keys.ts'
import type { LaunchModes } from './modes.ts'

/** Signs the claims as RS256 under the current key, or spoils header, key or algorithm as the modes say. */
export async function signToken(
  claims: Record<string, unknown>,
  ring: KeyRing,
  modes: LaunchModes,
): Promise<string> {
  const own = ring.current()
  const signer = modes.foreignKey || modes.header === 'jwk' || modes.header === 'jku' ? ring.foreign() : own
  const signed = (header: Partial<JWTHeaderParameters>, key: KeyObject = signer.privateKey) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: own.kid, ...header }).sign(key)

  switch (modes.header) {
    case null:
      return signed({})
    case 'no-kid':
      return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT' }).sign(signer.privateKey)
    case 'unknown-kid':
      return signed({ kid: ring.foreign().kid })
    case 'alg-rs512':
      return signed({ alg: 'RS512' })
    case 'alg-ps256':
      return signed({ alg: 'PS256' })
    case 'jwk':
      return signed({ jwk: await publicJwk(ring.foreign()) })
    case 'jku':
      return signed({ jku: 'https://other-platform.example/jwks' })
    case 'alg-none':
      return unsafeToken({ alg: 'none', typ: 'JWT', kid: own.kid }, claims, () => '')
    case 'alg-hs256':
      return unsafeToken({ alg: 'HS256', typ: 'JWT', kid: own.kid }, claims, (signed) =>
        createHmac('sha256', own.publicKey.export({ type: 'spki', format: 'pem' }))
          .update(signed)
          .digest('base64url'),
      )
  }
}

// By hand, because jose rightly refuses to make such tokens.
function unsafeToken(header: object, claims: object, sign: (signed: string) => string): string {
  const signed = [header, claims].map((part) => base64url.encode(JSON.stringify(part))).join('.')
  return `${signed}.${sign(signed)}`
}
