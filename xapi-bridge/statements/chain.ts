import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { TooLarge } from '../errors.ts'
import type { Statement } from '../language/statement.ts'
import { uuidBytes, uuidText } from '../language/uuid.ts'
import { flag } from './flags.ts'
import { firstWithin } from './read.ts'
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
  const handed = new Map<Referring, Set<string>>()
  let count = 0
  for (const one of referring.values()) {
    const keys = new Set(keysThrough(one, links))
    for (const key of one.own ?? []) keys.delete(key)
    count += keys.size
    if (count > mostHandedOn) throw new TooLarge()
    handed.set(one, keys)
  }
  await leaveOutKnown(trx, handed)
  const found: Reference[] = []
  for (const [{ seq }, keys] of handed) for (const key of keys) found.push({ key, seq })
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
        .limit(mostHandedOn + 1)
      if (found.length > mostHandedOn) throw new TooLarge()
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

/** Keys of all statements that one look at chains may hold. More would be all of the memory. */
const mostKeys = 500_000

/**
 * Every statement that the chains lead through, level by level, by `linkName`. A sealed one ends its chain. With `wanted`
 * only those of its keys are kept. Throws TooLarge for more keys than may be held at once.
 */
export async function linksOf(
  handle: Handle,
  referring: { storeId: Id; target: Id }[],
  wanted?: ReadonlySet<string>,
): Promise<Map<string, Link>> {
  const links = new Map<string, Link>()
  let count = 0
  let level = referring.map(({ storeId, target }) => ({ storeId, id: target }))
  for (let step = 0; level.length > 0 && step < longestChain; step++) {
    const next: { storeId: Id; id: Id }[] = []
    for (const [storeId, ids] of byStore(level)) {
      for await (const { id, statement, flags } of openStatements(handle, storeId, ids)) {
        const { object } = statement
        const target = object.objectType === 'StatementRef' ? object.id.toLowerCase() : null
        const all = referenceKeys(storeId, statement)
        const keys = wanted ? all.filter((key) => wanted.has(key)) : all
        count += keys.length
        if (count > mostKeys) throw new TooLarge()
        links.set(linkName(storeId, id), { keys, target, isReplayed: (flags & flag.replayed) !== 0 })
        if (target && !links.has(linkName(storeId, target))) next.push({ storeId, id: target })
      }
    }
    level = next
  }
  return links
}

/** The statements of these ids that are not sealed. Read within a memory: each of them may have megabytes. */
async function* openStatements(handle: Handle, storeId: Id, ids: Buffer[]) {
  const here: { seq: unknown; flags: number }[] = await handle('statement')
    .select('seq', 'flags')
    .where('store_id', idBytes(storeId))
    .whereIn('statement_id', ids)
  let seqs = here.flatMap(({ seq, flags }) => (flags & flag.sealed ? [] : [safeInteger(seq)]))
  while (seqs.length > 0) {
    const taken = await firstWithin(handle, seqs)
    const rows: { statement_id: Buffer; raw: Buffer; flags: number }[] = await handle('statement')
      .select('statement_id', 'raw', 'flags')
      .whereIn('seq', taken)
    for (const { statement_id, raw, flags } of rows)
      yield { id: uuidText(statement_id), statement: JSON.parse(raw.toString()) as Statement, flags }
    seqs = seqs.slice(taken.length)
  }
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

/**
 * Takes out what finds a statement already. Statements that await the same one get the same keys, so they are asked for
 * together, whichever way takes fewer questions: everybody waits for these.
 */
async function leaveOutKnown(trx: Trx, handed: ReadonlyMap<Referring, Set<string>>): Promise<void> {
  const awaiting = new Map<string, Map<number, Set<string>>>()
  for (const [{ storeId, target, seq, own }, keys] of handed) {
    if (own !== null || keys.size === 0) continue
    const name = linkName(storeId, target)
    awaiting.set(name, (awaiting.get(name) ?? new Map()).set(seq, keys))
  }
  for (const bySeq of awaiting.values()) {
    const seqs = [...bySeq.keys()]
    const keys = [...(bySeq.get(seqs[0] as number) as Set<string>)]
    const questions =
      seqs.length <= keys.length
        ? seqs.flatMap((seq) => lists(keys).map((some) => ({ keys: some, seqs: [seq] })))
        : keys.flatMap((key) => lists(seqs).map((some) => ({ keys: [key], seqs: some })))
    for (const asked of questions) {
      const rows: { ref_key: Buffer; seq: unknown }[] = await trx('statement_ref')
        .select('ref_key', 'seq')
        .whereIn(
          'ref_key',
          asked.keys.map((key) => Buffer.from(key, 'hex')),
        )
        .whereIn('seq', asked.seqs)
      for (const { ref_key, seq } of rows) bySeq.get(safeInteger(seq))?.delete(ref_key.toString('hex'))
    }
  }
}

/** In lists that a query can hold. */
function lists<T>(all: T[]): T[][] {
  const cut: T[][] = []
  for (let from = 0; from < all.length; from += 500) cut.push(all.slice(from, from + 500))
  return cut
}

function linkName(storeId: Id, id: Id): string {
  return `${storeId} ${id}`
}

/** Ids by store, in lists that a query can hold. */
function byStore(entries: { storeId: Id; id: Id }[]): [Id, Buffer[]][] {
  const stores = new Map<Id, Set<Id>>()
  for (const { storeId, id } of entries) stores.set(storeId, (stores.get(storeId) ?? new Set()).add(id))
  return [...stores].flatMap(([storeId, ids]) => {
    return lists([...ids].map(uuidBytes)).map((some): [Id, Buffer[]] => [storeId, some])
  })
}
