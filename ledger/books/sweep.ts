import { idBytes, idText } from '../../foundation/database/codec.ts'
import { readMarks } from '../../foundation/database/marks.ts'
import { transact } from '../../foundation/database/transact.ts'
import { type Id, sha256 } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { ledgerSourceId, submit } from '../claims/submit.ts'
import type { PostingGround } from './post.ts'

/** No transaction is older: what was under way when a change committed is over after this. */
const longestMicroseconds = 30_000_000

/**
 * Asks once more for what a change of roster or catalogue may have missed.
 *
 * A change asks for every account that it finds. A claim that is being posted
 * at that moment may have read what was before the change and not be found;
 * so, when the longest transaction has passed, every account that was posted
 * to about then is evaluated again. It costs nothing where nothing was missed.
 */
export class Sweep {
  #seen: string | null = null
  #dueAt: Instant | null = null
  #since: Instant | null = null

  /** To be called every few seconds; answers how many accounts it asked for. */
  async run(ground: PostingGround): Promise<number> {
    const now = ground.now()
    const { roster, catalogue } = await readMarks(ground.db)
    const marks = `${roster} ${catalogue}`
    if (marks !== this.#seen) {
      // A process that just began knows nothing of what changed before it, and looks once.
      this.#seen = marks
      // Keys are by mark, so of several processes only the first asks.
      this.#since ??= (now - 2 * longestMicroseconds) as Instant
      this.#dueAt = (now + longestMicroseconds) as Instant
      return 0
    }
    if (this.#dueAt === null || this.#since === null || now < this.#dueAt) return 0
    const asked = await askForRecent(ground, this.#since, `sweep:${marks}`)
    this.#dueAt = null
    this.#since = null
    return asked
  }
}

/** Asks for the accounts that were posted to since then. */
async function askForRecent(ground: PostingGround, since: Instant, cause: string): Promise<number> {
  let asked = 0
  for (let after: Buffer = Buffer.alloc(16); ; ) {
    const rows = await ground
      .db('account')
      .select('account_id')
      .where('account_id', '>', after)
      .where('last_recorded_at', '>=', since)
      .orderBy('account_id')
      .limit(500)
    const accountIds: Id[] = rows.map(({ account_id }) => idText(account_id))
    const last = accountIds.at(-1)
    if (!last) return asked
    await transact(
      ground.db,
      (trx) =>
        submit(
          trx,
          [
            {
              kind: 'evaluate',
              sourceId: ledgerSourceId,
              inputKey: `${cause}:${last}`.slice(0, 160),
              inputHash: sha256(cause),
              accountIds,
            },
          ],
          ground.now(),
        ),
      { idempotent: true },
    )
    asked += accountIds.length
    after = idBytes(last)
  }
}
