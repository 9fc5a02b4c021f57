import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { Statement } from '../language/statement.ts'
import { uuidBytes } from '../language/uuid.ts'
import { convertedThrough } from '../reading/cursor.ts'
import { flag } from '../statements/flags.ts'
import {
  firstWithin,
  type StoredStatement,
  seqsOf,
  statementsAfter,
  statementsAt,
} from '../statements/read.ts'
import type { Destination } from './destination.ts'
import { enterStatements } from './enter.ts'
import { matches, readsContent } from './filter.ts'
import { hopKey, hopName, hopsOf, mayGoOn } from './hop.ts'

/** How many statements one transaction looks at. */
const batchSize = 200

/**
 * Looks at the next statements and enters those that the destination gets; returns how many it looked at, 0 at the end.
 *
 * The cursor and the deliveries share one transaction, and the cursor is moved only from where it was read: a process
 * that lost its lease changes nothing. By S1 nothing below the cursor ever appears later (xapi.md §3.3).
 */
export async function fill({ db, now }: Ground, destination: Destination): Promise<number> {
  const reach = destination.filter.outcomes ? await convertedThrough(db) : Number.POSITIVE_INFINITY
  const seen = await statementsAfter(db, { seq: destination.cursorSeq, limit: batchSize })
  const statements = seen.filter(({ seq }) => seq <= reach)
  const last = statements.at(-1)
  if (!last) return 0
  const chosen = await chosenAmong(db, destination, statements)
  return transact(
    db,
    async (trx) => {
      const moved = await trx('destination')
        .where({ destination_id: idBytes(destination.id), cursor_seq: destination.cursorSeq })
        .update({ cursor_seq: last.seq })
      if (moved === 0) return 0
      await enterStatements(trx, destination, chosen, now())
      return statements.length
    },
    { idempotent: true },
  )
}

/** Enters statements that conversion has just decided on, in its transaction; the cursor may be elsewhere. */
export async function enterDecided(
  trx: Trx,
  destination: Destination,
  statements: readonly StoredStatement[],
  now: Instant,
): Promise<void> {
  const own = statements.filter((statement) => mayCome(destination, statement))
  const going = await withoutCircles(trx, own)
  const seqs = going.filter((one) => says(destination, one)).map(({ seq }) => seq)
  await enterStatements(trx, destination, seqs, now)
}

async function chosenAmong(
  handle: Handle,
  destination: Destination,
  statements: readonly StoredStatement[],
): Promise<number[]> {
  const own = await withoutCircles(
    handle,
    statements.filter((statement) => mayCome(destination, statement)),
  )
  const voiding = own.filter(({ voiding: isVoid }) => isVoid)
  const plain = await decided(
    handle,
    destination,
    own.filter((one) => !one.voiding && says(destination, one)),
  )
  const voids = await voidsOf(handle, destination, voiding)
  const late = await earlierVoids(handle, plain)
  return [...new Set([...plain.map(({ seq }) => seq), ...voids, ...late])].sort((a, b) => a - b)
}

/** Sealed statements never leave; nothing returns to the source it came from. */
function mayCome({ sourceId, filter }: Destination, statement: StoredStatement): boolean {
  if (statement.flags & flag.sealed || statement.sourceId === sourceId) return false
  return !filter.sources || filter.sources.includes(statement.sourceId)
}

function says({ filter }: Destination, { raw }: StoredStatement): boolean {
  if (!readsContent(filter)) return true
  const statement = read(raw)
  return statement !== null && matches(filter, statement)
}

/** What a statement says; null where its bytes were erased. */
function read(raw: Buffer): Statement | null {
  try {
    return JSON.parse(raw.toString('utf8')) as Statement
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

async function withoutCircles(
  handle: Handle,
  statements: readonly StoredStatement[],
): Promise<StoredStatement[]> {
  if (statements.length === 0) return []
  const hops = await hopsOf(handle, statements)
  if (hops.size === 0) return [...statements]
  const own = await hopName(handle)
  return statements.filter(({ storeId, id }) => mayGoOn(hops.get(hopKey(storeId, id)), own))
}

/** Those whose completion stands where the filter asks; the others come when conversion says so. */
async function decided(
  handle: Handle,
  { filter }: Destination,
  statements: StoredStatement[],
): Promise<StoredStatement[]> {
  const { outcomes } = filter
  if (!outcomes) return statements
  const items: { opened_seq: unknown }[] = await handle('conversion_item')
    .select('opened_seq')
    .whereIn(
      'opened_seq',
      statements.map(({ seq }) => seq),
    )
    .whereIn('state', outcomes)
  const there = new Set(items.map(({ opened_seq }) => safeInteger(opened_seq)))
  return statements.filter(({ seq }) => there.has(seq))
}

/**
 * A void goes where what it voids goes, whatever a filter says about verbs: a receiver must learn that something it has
 * is taken back. A void of what is not here yet waits for it (`earlierVoids`), unless everything goes.
 */
async function voidsOf(
  handle: Handle,
  destination: Destination,
  voiding: readonly StoredStatement[],
): Promise<number[]> {
  if (!readsContent(destination.filter)) return voiding.map(({ seq }) => seq)
  const going: number[] = []
  for (const [storeId, some] of byStore(voiding)) {
    const targets = new Map<Id, number[]>()
    for (const { raw, seq } of some) {
      const id = targetOf(raw)
      if (id) targets.set(id, [...(targets.get(id) ?? []), seq])
    }
    const named = handle('statement')
      .where('store_id', idBytes(storeId))
      .whereIn('statement_id', [...targets.keys()].map(uuidBytes))
    // Within a memory: each of those may have megabytes.
    for (let seqs = await seqsOf(named); seqs.length > 0; ) {
      const taken = await firstWithin(handle, seqs)
      for (const { id, raw, flags } of await statementsAt(handle, taken)) {
        const target = flags & flag.sealed ? null : read(raw)
        if (target && matches(destination.filter, target)) going.push(...(targets.get(id) ?? []))
      }
      seqs = seqs.slice(taken.length)
    }
  }
  return going
}

/** Voids that came before what they void: they go after it. */
async function earlierVoids(handle: Handle, statements: readonly StoredStatement[]): Promise<number[]> {
  const found: number[] = []
  for (const [storeId, some] of byStore(statements)) {
    const last = Math.max(...some.map(({ seq }) => seq))
    const rows: { seq: unknown }[] = await handle('statement_void')
      .select('seq')
      .where('store_id', idBytes(storeId))
      .whereIn(
        'target_id',
        some.map(({ id }) => uuidBytes(id)),
      )
      .where('seq', '<=', last)
    found.push(...rows.map(({ seq }) => safeInteger(seq)))
  }
  return found
}

function targetOf(raw: Buffer): Id | null {
  const object = read(raw)?.object
  return object?.objectType === 'StatementRef' ? object.id.toLowerCase() : null
}

function byStore(statements: readonly StoredStatement[]): Map<Id, StoredStatement[]> {
  const stores = new Map<Id, StoredStatement[]>()
  for (const one of statements) stores.set(one.storeId, [...(stores.get(one.storeId) ?? []), one])
  return stores
}
