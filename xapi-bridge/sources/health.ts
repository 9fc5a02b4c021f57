import { idBytes } from '../../foundation/database/codec.ts'
import { upsert } from '../../foundation/database/dialect.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'

/** Statements by what became of them. */
export interface Tally {
  accepted: number
  duplicate: number
  refused: number
  conflict: number
}

/** What is counted beside, by the hour alone: requests that were answered by content, and those answered 429. */
export interface HourTally extends Tally {
  requests: number
  limited: number
}

/** Sums what is pushed and adds it to the tables every second, so that no statement pays for it. */
export interface Health {
  /** Adds to the tally of a source. What it may not have sent itself (`isPush` false) says nothing of its last push. */
  note(sourceId: Id, tally: Partial<HourTally>, how?: { isPush: boolean }): void
  /** Notes that a credential was used now. */
  noteUse(credentialId: Id): void
  /** Writes what is not written yet and stops. */
  close(): Promise<void>
}

/** An hour, in microseconds. */
export const hour = 3_600_000_000

/** The beginning of the hour of an instant. */
export function hourOf(at: number): number {
  return at - (at % hour)
}

const never = 0 as Instant
const nothing: HourTally = { accepted: 0, duplicate: 0, refused: 0, conflict: 0, requests: 0, limited: 0 }
const counted = Object.keys(nothing) as (keyof HourTally)[]
const totals = ['accepted', 'duplicate', 'refused', 'conflict'] as const

/** What is not written yet of one source. */
interface Sum extends HourTally {
  notedAt: Instant
  /** 0 where nothing was pushed. */
  lastPushAt: Instant
}

/**
 * Makes the process's tally. What a process that is killed has not written yet is lost: `createRecount` finds the accepted
 * statements among it again.
 */
export function createHealth({ db, now, log }: Pick<Ground, 'db' | 'now' | 'log'>): Health {
  const sums = new Map<Id, Sum>()
  const uses = new Map<Id, Instant>()
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> = Promise.resolve()

  async function write(): Promise<void> {
    const pushed = [...sums]
    const used = [...uses]
    sums.clear()
    uses.clear()
    try {
      await writeUses(used)
      await writeSums(pushed)
    } catch (error) {
      log.warn({ err: error }, 'source health not written')
      for (const [id, sum] of pushed) merge(id, sum, sum)
    }
  }

  async function writeUses(used: [Id, Instant][]): Promise<void> {
    for (const [credentialId, at] of used)
      await db('credential')
        .where({ credential_id: idBytes(credentialId) })
        .update({ last_used_at: at })
  }

  async function writeSums(pushed: [Id, Sum][]): Promise<void> {
    if (pushed.length === 0) return
    // In one order, so that two processes never wait for each other.
    pushed.sort(([a], [b]) => (a < b ? -1 : 1))
    const sumRows = pushed.map(([id, sum]) => ({
      source_id: idBytes(id),
      last_push_at: sum.lastPushAt,
      accepted: sum.accepted,
      duplicate: sum.duplicate,
      refused: sum.refused,
      conflict: sum.conflict,
    }))
    const hourRows = pushed.map(([id, { notedAt, lastPushAt: _, ...tally }]) => ({
      source_id: idBytes(id),
      hour: hourOf(notedAt),
      ...tally,
    }))
    await transact(db, async (trx) => {
      const total = { key: ['source_id'], max: ['last_push_at'], add: [...totals] }
      await upsert(trx, 'source_health', sumRows, total)
      await upsert(trx, 'source_hour', hourRows, { key: ['source_id', 'hour'], add: counted })
    })
  }

  function merge(
    sourceId: Id,
    tally: Partial<HourTally>,
    { notedAt, lastPushAt }: Pick<Sum, 'notedAt' | 'lastPushAt'>,
  ): void {
    const sum = sums.get(sourceId) ?? { ...nothing, notedAt, lastPushAt }
    for (const what of counted) sum[what] += tally[what] ?? 0
    if (notedAt > sum.notedAt) sum.notedAt = notedAt
    if (lastPushAt > sum.lastPushAt) sum.lastPushAt = lastPushAt
    sums.set(sourceId, sum)
    writeSoon()
  }

  function writeSoon(): void {
    timer ??= setTimeout(() => {
      timer = null
      writing = writing.then(write)
    }, 1000).unref()
  }

  return {
    note(sourceId, tally, { isPush } = { isPush: true }) {
      const at = now()
      merge(sourceId, tally, { notedAt: at, lastPushAt: isPush ? at : never })
    },
    noteUse(credentialId) {
      uses.set(credentialId, now())
      writeSoon()
    },
    async close() {
      if (timer) clearTimeout(timer)
      await writing
      await write()
      if (timer) clearTimeout(timer)
    },
  }
}
