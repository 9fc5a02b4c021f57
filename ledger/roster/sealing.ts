import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import type { Config } from '../../foundation/config.ts'

/** The keys that stay outside the database. */
export type IdentityKeys = Pick<Config, 'identityKey' | 'identityHashKey'>

const sealVersion = 1
const derived = new Map<string, Buffer>()

function keyFor(secret: string, purpose: string): Buffer {
  const name = `${purpose}\n${secret}`
  const known = derived.get(name)
  if (known) return known
  const key = Buffer.from(hkdfSync('sha256', secret, 'xueshi', purpose, 32))
  derived.set(name, key)
  return key
}

/**
 * Encrypts under the identity key (AES-256-GCM). `boundTo` names the row it belongs to; moved to another row it does
 * not open.
 */
export function seal(keys: IdentityKeys, plain: Buffer | string, boundTo: string): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyFor(keys.identityKey, 'identity-seal'), nonce)
  cipher.setAAD(Buffer.from(boundTo))
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([Buffer.from([sealVersion]), nonce, cipher.getAuthTag(), body])
}

/** Opens what `seal` made. Throws when the key, the row or a byte is another. */
export function unseal(keys: IdentityKeys, sealed: Uint8Array, boundTo: string): Buffer {
  const bytes = Buffer.from(sealed)
  if (bytes[0] !== sealVersion) throw new Error('sealed under an unknown version')
  const decipher = createDecipheriv(
    'aes-256-gcm',
    keyFor(keys.identityKey, 'identity-seal'),
    bytes.subarray(1, 13),
  )
  decipher.setAAD(Buffer.from(boundTo))
  decipher.setAuthTag(bytes.subarray(13, 29))
  return Buffer.concat([decipher.update(bytes.subarray(29)), decipher.final()])
}

/** The keyed hash by which identity documents are equal: of the type of document and the canonical number. */
export function documentHash(keys: IdentityKeys, idType: string, canonicalNumber: string): Buffer {
  return createHmac('sha256', keyFor(keys.identityHashKey, 'identity-hash'))
    .update(`${idType}\n${canonicalNumber}`)
    .digest()
}
