import type { Config } from '../../foundation/config.ts'
import type { Id } from '../../foundation/ids.ts'
import { keyFor, sealUnder, unsealUnder } from '../../foundation/sealing.ts'
import type { Instant } from '../../foundation/time.ts'

/** How we show a receiver who we are. `signature` is a webhook's: it shows who sent and that nothing was changed. */
export type Credential =
  | { kind: 'none' }
  | { kind: 'basic'; key: string; secret: string }
  | { kind: 'oauth'; tokenUrl: string; clientId: string; clientSecret: string; scope: string | null }
  | {
      kind: 'signature'
      secret: string
      /** The secret before; it signs too until then, so that the receiver may change over in its own time. */
      previous: { secret: string; until: Instant } | null
    }

const keyOf = ({ tokenSecret }: Pick<Config, 'tokenSecret'>) => keyFor(tokenSecret, 'destination-credential')
const boundTo = (destinationId: Id) => `destination ${destinationId}`

/** A credential as it is kept: sealed under TOKEN_SECRET, and only for this destination. */
export function sealCredential(
  config: Pick<Config, 'tokenSecret'>,
  destinationId: Id,
  credential: Credential,
): Buffer {
  return sealUnder(keyOf(config), JSON.stringify(credential), boundTo(destinationId))
}

/** The credential of a destination; null where it was sealed under another TOKEN_SECRET, so it has to be given anew. */
export function openCredential(
  config: Pick<Config, 'tokenSecret'>,
  destinationId: Id,
  sealed: Buffer,
): Credential | null {
  try {
    return JSON.parse(
      unsealUnder(keyOf(config), sealed, boundTo(destinationId)).toString('utf8'),
    ) as Credential
  } catch {
    return null
  }
}
