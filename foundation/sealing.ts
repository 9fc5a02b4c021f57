import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const sealVersion = 1
const derived = new Map<string, Buffer>()

/** The key of 32 bytes that a secret gives for one purpose. What is sealed for one purpose does not open for another. */
export function keyFor(secret: string, purpose: string): Buffer {
  const name = `${purpose}\n${secret}`
  const known = derived.get(name)
  if (known) return known
  const key = Buffer.from(hkdfSync('sha256', secret, 'xueshi', purpose, 32))
  derived.set(name, key)
  return key
}

/**
 * Encrypts under a key (AES-256-GCM). `boundTo` names the row it belongs to; moved to another row it does not open.
 */
export function sealUnder(key: Buffer, plain: Buffer | string, boundTo: string): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(boundTo))
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([Buffer.from([sealVersion]), nonce, cipher.getAuthTag(), body])
}

/** Opens what `sealUnder` made. Throws when the key, the row or a byte is another. */
export function unsealUnder(key: Buffer, sealed: Uint8Array, boundTo: string): Buffer {
  const bytes = Buffer.from(sealed)
  if (bytes[0] !== sealVersion) throw new Error('sealed under an unknown version')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 13))
  decipher.setAAD(Buffer.from(boundTo))
  decipher.setAuthTag(bytes.subarray(13, 29))
  return Buffer.concat([decipher.update(bytes.subarray(29)), decipher.final()])
}
