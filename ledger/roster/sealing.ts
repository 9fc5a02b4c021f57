import { createHmac } from 'node:crypto'
import type { Config } from '../../foundation/config.ts'
import { keyFor, sealUnder, unsealUnder } from '../../foundation/sealing.ts'

/** The keys that stay outside the database. */
export type IdentityKeys = Pick<Config, 'identityKey' | 'identityHashKey'>

/**
 * Encrypts under the identity key (AES-256-GCM). `boundTo` names the row it belongs to; moved to another row it does
 * not open.
 */
export function seal(keys: IdentityKeys, plain: Buffer | string, boundTo: string): Buffer {
  return sealUnder(keyFor(keys.identityKey, 'identity-seal'), plain, boundTo)
}

/** Opens what `seal` made. Throws when the key, the row or a byte is another. */
export function unseal(keys: IdentityKeys, sealed: Uint8Array, boundTo: string): Buffer {
  return unsealUnder(keyFor(keys.identityKey, 'identity-seal'), sealed, boundTo)
}

/** The keyed hash by which identity documents are equal: of the type of document and the canonical number. */
export function documentHash(keys: IdentityKeys, idType: string, canonicalNumber: string): Buffer {
  return createHmac('sha256', keyFor(keys.identityHashKey, 'identity-hash'))
    .update(`${idType}\n${canonicalNumber}`)
    .digest()
}
