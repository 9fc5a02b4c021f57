import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import { upsert } from '../../foundation/database/dialect.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, sha256 } from '../../foundation/ids.ts'
import { ledgerSourceId, submit } from '../claims/submit.ts'
import { engine } from '../policy/evaluation.ts'

/** The row of `mark` that says under which engine every account was asked for. */
const name = 'engine'
/** How many accounts one transaction asks for. */
const together = 500

/**
 * After an update whose rules of evaluation give other results, asks once for every account: what the book holds is what
 * this program would decide, and differences are posted like any other. It goes on where it was broken off; asking
 * again for an account is harmless, since its key names the engine.
 */
export class EngineChange {
  #after: Buffer = Buffer.alloc(16)

  /** Asks for some accounts and returns how many; 0 when all were asked for. */
  async run({ db, now }: Pick<Ground, 'db' | 'now'>): Promise<number> {
    const row = await db('mark').where({ name }).first('version')
    if (row && safeInteger(row.version) >= engine) return 0
    const rows: { account_id: Buffer }[] = await db('account')
      .select('account_id')
      .where('account_id', '>', this.#after)
      .orderBy('account_id')
      .limit(together)
    const accountIds: Id[] = rows.map(({ account_id }) => idText(account_id))
    const last = accountIds.at(-1)
    const cause = `engine:${engine}`
    await transact(
      db,
      async (trx) => {
        if (last === undefined)
          await upsert(trx, 'mark', [{ name, version: engine }], { key: ['name'], set: ['version'] })
        else
          await submit(
            trx,
            [
              {
                kind: 'evaluate',
                sourceId: ledgerSourceId,
                inputKey: cause,
                inputHash: sha256(cause),
                accountIds,
              },
            ],
            now(),
          )
      },
      { idempotent: true },
    )
    this.#after = last === undefined ? Buffer.alloc(16) : idBytes(last)
    return accountIds.length
  }
}
