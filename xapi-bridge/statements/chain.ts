import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { TooLarge } from '../errors.ts'
import type { Statement } from '../language/statement.ts'
import { uuidBytes, uuidText } from '../language/uuid.ts'
import { flag } from './flags.ts'
import { referenceKeys } from './reference.ts'
import type { Reference, Row } from './writing.ts'

/** How far a chain of statements that refer to each other is followed. */
const longestChain = 20

/**
 * How many references one flush hands on. Thousands of statements may refer to one that names thousands of people: their
 * product would be all of the memory, and hold up everybody else.
 */
const mostHandedOn = 200_000

/** A statement whose object is another. */
interface Referring {
  seq: number
  storeId: Id
  target: Id
  /** What finds it already. Null where that has to be asked. */
  own: string[] | null
}

/** What finds a statement, and what it refers to in turn. */
export interface Link {
  keys: string[]
  target: Id | null
  /** Its authority is an operator, not the source. */
  isReplayed: boolean
}

/**
 * References that statements get through others: whoever refers to a statement is found by what finds that one
 * (xAPI Communication 2.1.3, filter conditions for StatementRefs).
 *
 * Both orders are served. A new statement takes over what its target is found by; and a statement that was referred to
 * before it came hands on what finds it, along the chain. The rows of the flush are written already. Throws TooLarge for
 * more than may be handed on at once.
 */
export async function chainedReferences(trx: Trx, rows: Row[], awaited: boolean): Promise<Reference[]> {
  const referring = new Map<number, Referring>()
  for (const { seq, writing, statement } of rows)
    if (statement.target !== null)
      referring.set(seq, {
        seq,
        storeId: writing.storeId,
        target: statement.target,
        own: statement.references,
      })
  if (awaited) await addReferrers(trx, rows, referring)
  if (referring.size === 0) return []

  const links = await linksOf(trx, [...referring.values()])
  const found: Reference[] = []
  for (const one of referring.values()) {
    const keys = new Set(keysThrough(one, links))
    for (const key of one.own ?? (await keysAt(trx, one.seq, [...keys]))) keys.delete(key)
    if (found.length + keys.size > mostHandedOn) throw new TooLarge()
    for (const key of keys) found.push({ key, seq: one.seq })
  }
  return found
}

/** Adds everything that refers, over any number of steps, to a statement of this flush. */
async function addReferrers(trx: Trx, rows: Row[], referring: Map<number, Referring>): Promise<void> {
  let arrived = rows.map(({ writing, statement }) => ({ storeId: writing.storeId, id: statement.id }))
  for (let step = 0; arrived.length > 0 && step < longestChain; step++) {
    const next: { storeId: Id; id: Id }[] = []
    for (const [storeId, ids] of byStore(arrived)) {
      const found: { seq: unknown; target_id: Buffer; statement_id: Buffer }[] = await trx(
        'statement_target as t',
      )
        .join('statement as s', 's.seq', 't.seq')
        .select('t.seq', 't.target_id', 's.statement_id')
        .where('t.store_id', idBytes(storeId))
        .whereIn('t.target_id', ids)
      for (const row of found) {
        const seq = safeInteger(row.seq)
        if (referring.has(seq)) continue
        referring.set(seq, { seq, storeId, target: uuidText(row.target_id), own: null })
        next.push({ storeId, id: uuidText(row.statement_id) })
      }
    }
    arrived = next
  }
}

/** Every statement that the chains lead through, level by level, by `linkName`. A sealed one ends its chain. */
export async function linksOf(
  handle: Handle,
  referring: { storeId: Id; target: Id }[],
): Promise<Map<string, Link>> {
  const links = new Map<string, Link>()
  let wanted = referring.map(({ storeId, target }) => ({ storeId, id: target }))
  for (let step = 0; wanted.length > 0 && step < longestChain; step++) {
    const next: { storeId: Id; id: Id }[] = []
    for (const [storeId, ids] of byStore(wanted)) {
      const rows: { statement_id: Buffer; raw: Buffer; flags: number }[] = await handle('statement')
        .select('statement_id', 'raw', 'flags')
        .where('store_id', idBytes(storeId))
        .whereIn('statement_id', ids)
      for (const row of rows) {
        if (row.flags & flag.sealed) continue
        const statement = JSON.parse(row.raw.toString()) as Statement
        const { object } = statement
        const target = object.objectType === 'StatementRef' ? object.id.toLowerCase() : null
        links.set(linkName(storeId, uuidText(row.statement_id)), {
          keys: referenceKeys(storeId, statement),
          target,
          isReplayed: (row.flags & flag.replayed) !== 0,
        })
        if (target && !links.has(linkName(storeId, target))) next.push({ storeId, id: target })
      }
    }
    wanted = next
  }
  return links
}

function keysThrough(referring: Referring, links: Map<string, Link>): string[] {
  return chainFrom(referring, links).flatMap(({ keys }) => keys)
}

/** The statements that one refers to, directly and through others, nearest first. */
export function chainFrom(
  { storeId, target }: { storeId: Id; target: Id },
  links: Map<string, Link>,
): Link[] {
  const chain: Link[] = []
  const seen = new Set<Id>()
  for (let at: Id | null = target; at !== null && !seen.has(at); ) {
    seen.add(at)
    const link: Link | undefined = links.get(linkName(storeId, at))
    if (!link) break
    chain.push(link)
    at = link.target
  }
  return chain
}

/** Which of these keys find the statement already. */
async function keysAt(trx: Trx, seq: number, keys: string[]): Promise<string[]> {
  const found: string[] = []
  for (let from = 0; from < keys.length; from += 500) {
    const rows: { ref_key: Buffer }[] = await trx('statement_ref')
      .select('ref_key')
      .where({ seq })
      .whereIn(
        'ref_key',
        keys.slice(from, from + 500).map((key) => Buffer.from(key, 'hex')),
      )
    for (const row of rows) found.push(row.ref_key.toString('hex'))
  }
  return found
}

function linkName(storeId: Id, id: Id): string {
  return `${storeId} ${id}`
}

/** Ids by store, in lists that a query can hold. */
function byStore(entries: { storeId: Id; id: Id }[]): [Id, Buffer[]][] {
  const stores = new Map<Id, Set<Id>>()
  for (const { storeId, id } of entries) stores.set(storeId, (stores.get(storeId) ?? new Set()).add(id))
  return [...stores].flatMap(([storeId, ids]) => {
    const all = [...ids].map(uuidBytes)
    const lists: [Id, Buffer[]][] = []
    for (let from = 0; from < all.length; from += 500) lists.push([storeId, all.slice(from, from + 500)])
    return lists
  })
}
