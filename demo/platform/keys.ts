import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { exportJWK, type JWK } from 'jose'

/** A signing key with the name under which it is published. */
export interface SigningKey {
  kid: string
  privateKey: KeyObject
  publicKey: KeyObject
}

/** The platform's keys: the newest signs, all are published. */
export interface KeyRing {
  current(): SigningKey
  /** A key that is never published; the token of somebody else. */
  foreign(): SigningKey
  /** Adds a key that signs from now on; the others stay published. */
  rotate(): SigningKey
  /** Withdraws all but the newest key. */
  retire(): void
  published(): Promise<{ keys: JWK[] }>
}

/** Makes a ring with one fresh key; nothing is kept when the process ends. */
export function makeKeyRing(): KeyRing {
  let keys = [makeKey()]
  let foreign: SigningKey | undefined
  return {
    current: () => keys[0] as SigningKey,
    foreign() {
      foreign ??= makeKey()
      return foreign
    },
    rotate() {
      const added = makeKey()
      keys = [added, ...keys]
      return added
    },
    retire() {
      keys = keys.slice(0, 1)
    },
    published: async () => ({ keys: await Promise.all(keys.map(publicJwk)) }),
  }
}

/** The public half as it stands in a key set. */
export async function publicJwk(key: SigningKey): Promise<JWK> {
  return { ...(await exportJWK(key.publicKey)), kid: key.kid, alg: 'RS256', use: 'sig' }
}

function makeKey(): SigningKey {
  return { kid: randomUUID(), ...generateKeyPairSync('rsa', { modulusLength: 2048 }) }
}
