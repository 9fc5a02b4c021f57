import { generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import type { Trx } from '../../foundation/database/connect.ts'
import type { Instant } from '../../foundation/time.ts'
import { collectionOf } from './collections.ts'
import { seal } from './seal.ts'
import { placeOf } from './store.ts'

/** A key pair of the tool, as ltijs keeps one: PEM text, under a name that the key set shows. */
export interface KeyPair {
  kid: string
  publicKey: string
  privateKey: string
}

const generate = promisify(generateKeyPair)

/**
 * Makes a key pair. It takes seconds of one processor, on a thread beside the loop that serves requests: ltijs itself
 * would make it on that loop.
 */
export async function makeKeyPair(bits = 4096): Promise<KeyPair> {
  const { publicKey, privateKey } = await generate('rsa', {
    modulusLength: bits,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })
  return { kid: randomBytes(16).toString('hex'), publicKey, privateKey }
}

/** Whose key it is: one (issuer, client_id) pair. */
export interface KeyOwner {
  iss: string
  clientId: string
}

/** Keeps a pair sealed, as ltijs's own would be. From now on the key set shows it; nothing signs with it yet. */
export async function insertKeyPair(
  trx: Trx,
  secret: string,
  { iss, clientId }: KeyOwner,
  { kid, publicKey, privateKey }: KeyPair,
  now: Instant,
): Promise<void> {
  for (const [name, key] of [
    ['publickey', publicKey],
    ['privatekey', privateKey],
  ] as const) {
    const collection = collectionOf(name)
    const { iv, data } = seal(secret, placeOf(name, collection, { kid }), { key, kid })
    await trx(collection.table).insert({
      kid,
      platform_url: iss,
      client_id: clientId,
      iv,
      data,
      created_at: now,
    })
  }
}

/** Takes a pair away. From now on nobody can verify what it signed. */
export async function deleteKeyPair(trx: Trx, kid: string): Promise<void> {
  for (const name of ['publickey', 'privatekey']) await trx(collectionOf(name).table).where({ kid }).delete()
}
