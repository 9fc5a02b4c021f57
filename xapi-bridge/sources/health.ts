import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { upsert } from '../../foundation/database/dialect.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { type Source, sourceOf } from './source.ts'

/** Statements by what became of them. */
export interface Tally {
  accepted: number
  duplicate: number
  refused: number
  conflict: number
}

/** A source with what it has pushed so far. */
export interface SourceWithHealth extends Source, Tally {
  /** Null before the first push. */
  lastPushAt: Instant | null
  createdAt: Instant
  /** Keys that are valid now. */
  keys: string[]
}

/** Sums what is pushed and adds it to the table every second, so that no statement pays for it. */
export interface Health {
  note(sourceId: Id, tally: Partial<Tally>): void
  /** Writes what is not written yet and stops. */
  close(): Promise<void>
}

/** Makes the process's tally. */
export function createHealth({ db, now, log }: Pick<Ground, 'db' | 'now' | 'log'>): Health {
  const sums = new Map<Id, Tally & { lastPushAt: Instant }>()
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> = Promise.resolve()

  async function write(): Promise<void> {
    const taken = [...sums]
    sums.clear()
    if (taken.length === 0) return
    const rows = taken.map(([id, { lastPushAt, ...tally }]) => ({
      source_id: idBytes(id),
      last_push_at: lastPushAt,
      ...tally,
    }))
    const add = ['accepted', 'duplicate', 'refused', 'conflict']
    try {
      await upsert(db, 'source_health', rows, { key: ['source_id'], set: ['last_push_at'], add })
    } catch (error) {
      log.warn({ err: error }, 'source health not written')
      for (const [id, tally] of taken) merge(id, tally, tally.lastPushAt)
    }
  }

  function merge(sourceId: Id, tally: Partial<Tally>, lastPushAt: Instant): void {
    const sum = sums.get(sourceId) ?? { accepted: 0, duplicate: 0, refused: 0, conflict: 0, lastPushAt }
    sum.accepted += tally.accepted ?? 0
    sum.duplicate += tally.duplicate ?? 0
    sum.refused += tally.refused ?? 0
    sum.conflict += tally.conflict ?? 0
    if (lastPushAt > sum.lastPushAt) sum.lastPushAt = lastPushAt
    sums.set(sourceId, sum)
    timer ??= setTimeout(() => {
      timer = null
      writing = writing.then(write)
    }, 1000).unref()
  }

  return {
    note(sourceId, tally) {
      merge(sourceId, tally, now())
    },
    async close() {
      if (timer) clearTimeout(timer)
      await writing
      await write()
      if (timer) clearTimeout(timer)
    },
  }
}

/** Every source by name, with its health. */
export async function sourcesWithHealth(handle: Handle): Promise<SourceWithHealth[]> {
  const rows = await handle('source as s')
    .leftJoin('source_health as h', 'h.source_id', 's.source_id')
    .select('s.*', 'h.last_push_at', 'h.accepted', 'h.duplicate', 'h.refused', 'h.conflict')
    .orderBy('s.name')
  const credentials: { source_id: Buffer; access_key: string }[] = await handle('credential')
    .select('source_id', 'access_key')
    .whereNull('revoked_at')
    .orderBy('created_at')
  return rows.map((row) => ({
    ...sourceOf(row),
    lastPushAt: row.last_push_at === null ? null : asInstant(safeInteger(row.last_push_at)),
    createdAt: asInstant(safeInteger(row.created_at)),
    accepted: safeInteger(row.accepted ?? 0),
    duplicate: safeInteger(row.duplicate ?? 0),
    refused: safeInteger(row.refused ?? 0),
    conflict: safeInteger(row.conflict ?? 0),
    keys: credentials
      .filter(({ source_id }) => idText(source_id) === idText(row.source_id))
      .map(({ access_key }) => access_key),
  }))
}
