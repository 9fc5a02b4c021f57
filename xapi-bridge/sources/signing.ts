import type { Config } from '../../foundation/config.ts'
import { idBytes } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { upsert } from '../../foundation/database/dialect.ts'
import { transact } from '../../foundation/database/transact.ts'
import { InvalidInput } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { keyFor, sealUnder, unsealUnder } from '../../foundation/sealing.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import { requireSource } from './credential.ts'

const keyOf = ({ tokenSecret }: Pick<Config, 'tokenSecret'>) => keyFor(tokenSecret, 'source-signing')
const boundTo = (sourceId: Id) => `source ${sourceId}`

/**
 * Sets the secret with which the platform of a source signs its webhooks, as the platform shows it; from then on each has
 * to be signed. Null takes it away. Returns whether anything is another than before. Throws NotFound (`source-unknown`)
 * and InvalidInput (`source-invalid`) for a secret that is none.
 */
export async function setSigningSecret(
  ground: Ground,
  sourceId: Id,
  secret: string | null,
  by = 'system',
): Promise<boolean> {
  const text = secret?.trim() ?? null
  if (text !== null && !/^[\x21-\x7e]{8,200}$/.test(text))
    throw new InvalidInput('source-invalid', 'a signing secret has 8 to 200 characters without blanks')
  return transact(ground.db, async (trx) => {
    await requireSource(trx, sourceId)
    const before = await signingSecretOf(trx, ground.config, sourceId)
    const source_id = idBytes(sourceId)
    if (text === null) {
      if ((await trx('source_signing').where({ source_id }).delete()) === 0) return false
    } else {
      if (before === text) return false
      const sealed = sealUnder(keyOf(ground.config), text, boundTo(sourceId))
      const row = { source_id, secret: sealed, set_at: ground.now() }
      await upsert(trx, 'source_signing', [row], { key: ['source_id'], set: ['secret', 'set_at'] })
    }
    await recordAudit(trx, {
      actor: by,
      action: text === null ? 'signing-secret-removed' : 'signing-secret-set',
      subjectKind: 'source',
      subjectId: sourceId,
      now: ground.now(),
    })
    return true
  })
}

/**
 * The signing secret of a source; null where none is set. One that was sealed under another TOKEN_SECRET is unreadable:
 * then nothing is signed rightly until it is set anew, so the answer is an empty text, which no signature fits.
 */
export async function signingSecretOf(
  handle: Handle,
  config: Pick<Config, 'tokenSecret'>,
  sourceId: Id,
): Promise<string | null> {
  const row: { secret: Buffer } | undefined = await handle('source_signing')
    .where({ source_id: idBytes(sourceId) })
    .first('secret')
  if (!row) return null
  try {
    return unsealUnder(keyOf(config), row.secret, boundTo(sourceId)).toString('utf8')
  } catch {
    return ''
  }
}
