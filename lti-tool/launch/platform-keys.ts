import { type CryptoKey, importJWK, type JWK } from 'jose'
import { z } from 'zod'
import type { Ground } from '../../foundation/ground.ts'
import { LaunchRefused } from './refusal.ts'

const keySet = z.object({ keys: z.array(z.looseObject({ kid: z.string().optional(), kty: z.string() })) })

const freshForMicroseconds = 600_000_000
const refetchEveryMicroseconds = 30_000_000
const timeoutMs = 3000
const largestSet = 262_144

interface Known {
  keys: JWK[]
  fetchedAt: number
  /** When an unknown kid last made us ask again. */
  askedAgainAt: number
}

/**
 * The public keys of platforms, by the address of their key set: kept for ten minutes, and fetched again for a kid that
 * is not among them at most every 30 seconds, so that a rotation is seen at once and junk tokens cause no flood.
 */
export class PlatformKeys {
  readonly #now: Ground['now']
  readonly #known = new Map<string, Known>()
  readonly #pending = new Map<string, Promise<Known>>()

  constructor({ now }: Pick<Ground, 'now'>) {
    this.#now = now
  }

  /**
   * The RSA key with this kid. Throws LaunchRefused `lti-token-invalid` when the platform has none, and
   * `lti-keys-unavailable` when its key set cannot be had.
   */
  async keyOf(url: string, kid: string): Promise<CryptoKey | Uint8Array> {
    let known = this.#known.get(url)
    let fetched = false
    if (!known || this.#now() - known.fetchedAt > freshForMicroseconds) {
      known = await this.#fetch(url)
      fetched = true
    }
    let jwk = find(known, kid)
    if (!jwk && !fetched && this.#now() - known.askedAgainAt > refetchEveryMicroseconds) {
      known = await this.#fetch(url)
      known.askedAgainAt = this.#now()
      jwk = find(known, kid)
    }
    if (!jwk) throw new LaunchRefused('lti-token-invalid', 'the platform has no key of this kid')
    return importJWK({ ...jwk, alg: 'RS256' }, 'RS256')
  }

  /** Launches that wait for the same key set share one request. */
  #fetch(url: string): Promise<Known> {
    const pending = this.#pending.get(url)
    if (pending) return pending
    const fetching = this.#load(url).finally(() => this.#pending.delete(url))
    this.#pending.set(url, fetching)
    return fetching
  }

  async #load(url: string): Promise<Known> {
    const before = this.#known.get(url)
    try {
      const { keys } = keySet.parse(JSON.parse(await textAt(url)))
      const known = { keys: keys as JWK[], fetchedAt: this.#now(), askedAgainAt: before?.askedAgainAt ?? 0 }
      this.#known.set(url, known)
      return known
    } catch (error) {
      throw new LaunchRefused('lti-keys-unavailable', (error as Error).name, 'unavailable', error)
    }
  }
}

function find({ keys }: Known, kid: string): JWK | undefined {
  return keys.find(
    (key) =>
      key.kid === kid &&
      key.kty === 'RSA' &&
      (key.use ?? 'sig') === 'sig' &&
      (key.alg ?? 'RS256') === 'RS256',
  )
}

async function textAt(url: string): Promise<string> {
  const answer = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
    headers: { accept: 'application/json', 'user-agent': 'Xueshi' },
  })
  if (answer.status !== 200 || !answer.body) throw new Error(`the key set was answered with ${answer.status}`)
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) {
    size += part.byteLength
    if (size > largestSet) throw new Error('the key set is too large')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
