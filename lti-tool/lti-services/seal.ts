import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** A sealed document as a row keeps it: a random 12-byte IV, and the ciphertext with its 16-byte tag behind. */
export interface Sealed {
  iv: Buffer
  data: Buffer
}

const tagLength = 16

/**
 * Encrypts a JSON value with AES-256-GCM. `place` (collection and row key) is authenticated along with it, so that a
 * sealed key cannot be moved to another row.
 */
export function seal(secret: string, place: string, value: unknown): Sealed {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret), iv)
  cipher.setAAD(Buffer.from(place))
  const data = Buffer.concat([
    cipher.update(JSON.stringify(value), 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ])
  return { iv, data }
}

/** The value that was sealed at this place. Throws when the bytes, the place or the secret are others. */
export function unseal(secret: string, place: string, { iv, data }: Sealed): Record<string, unknown> {
  const decipher = createDecipheriv('aes-256-gcm', keyOf(secret), iv, { authTagLength: tagLength })
  decipher.setAAD(Buffer.from(place))
  decipher.setAuthTag(data.subarray(data.length - tagLength))
  const text = Buffer.concat([decipher.update(data.subarray(0, data.length - tagLength)), decipher.final()])
  return JSON.parse(text.toString('utf8')) as Record<string, unknown>
}

const keys = new Map<string, Buffer>()

/** The secret is text of any length; the cipher wants 32 bytes that serve this one purpose. */
function keyOf(secret: string): Buffer {
  let key = keys.get(secret)
  if (!key) {
    key = Buffer.from(hkdfSync('sha256', secret, '', 'xueshi tool keys', 32))
    keys.set(secret, key)
  }
  return key
}
