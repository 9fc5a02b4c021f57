import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { uuidBytes } from '../language/uuid.ts'
import { flag } from './flags.ts'
import { matching } from './match.ts'
import type { Filter } from './query.ts'
import { firstWithin, mostReadBytes, type StatementRow, statementColumns } from './read.ts'
import { pairOf, type ReferenceKind, referenceKey } from './reference.ts'
import { rowsOf } from './rows.ts'

/** A place in the order of one store: pages go on from here. */
export interface Place {
  seq: number
  stored: number
}

/** Whose statements are looked at. */
export interface Scope {
  storeId: Id
  /** Only what this source sent (scope statements/read/mine); null for all of the store. */
  onlySourceId: Id | null
}

type Bindings = (Buffer | number)[]

/** An SQL text with what is bound in it. */
interface Sql {
  text: string
  bindings: Bindings
}

/** How many rounds one answer takes at most to fill a page: whoever asks goes on from there. */
const mostRounds = 10
/** How many candidates each round after the first looks at, at least. */
const leastLater = 200

/** A page of statements. */
export interface Found {
  rows: StatementRow[]
  /** Where the next page goes on; null at the end. */
  next: Place | null
}

// A statement is voided if a voiding one names it, unless it is voiding itself: derived, whatever came first. A sealed one
// is nobody's to read.
const notHidden = `s.flags & ${flag.sealed} = 0 AND (s.flags & ${flag.voiding} <> 0 OR NOT EXISTS (SELECT 1 FROM statement_void v WHERE v.store_id = s.store_id AND v.target_id = s.statement_id))`

/** The statement of that id, if it is voided or not as asked; undefined otherwise. */
export async function findOne(
  handle: Handle,
  { storeId, onlySourceId }: Scope,
  id: Id,
  voided: boolean,
): Promise<StatementRow | undefined> {
  const row: StatementRow | undefined = await handle('statement')
    .first(statementColumns)
    .where({ store_id: idBytes(storeId), statement_id: uuidBytes(id) })
  if (!row || row.flags & flag.sealed) return undefined
  if (onlySourceId !== null && !row.source_id.equals(idBytes(onlySourceId))) return undefined
  const isVoided = !(row.flags & flag.voiding) && (await isNamedByVoid(handle, storeId, id))
  return isVoided === voided ? row : undefined
}

async function isNamedByVoid(handle: Handle, storeId: Id, id: Id): Promise<boolean> {
  const found = await handle('statement_void')
    .first('seq')
    .where({ store_id: idBytes(storeId), target_id: uuidBytes(id) })
  return found !== undefined
}

/**
 * Up to `filter.limit` statements from `from` on in the order asked. Fewer with a place to go on from are no end: many
 * candidates may have turned out not to match, or they are large.
 */
export async function findMany(
  handle: Handle,
  scope: Scope,
  filter: Filter,
  from: Place | null,
): Promise<Found> {
  const keys = keysOf(scope.storeId, filter)
  const authority = authorityKeysOf(scope.storeId, filter)
  const rows: StatementRow[] = []
  let place = from
  for (let round = 0; round < mostRounds; round++) {
    const limit = round === 0 ? filter.limit : Math.max(filter.limit, leastLater)
    const { looked, isEnd } = await walk(handle, scope, { ...filter, limit }, { keys, authority }, place)
    for (const row of await matching(handle, looked, keys, authority)) {
      if (rows.length === filter.limit) return { rows, next: placeOf(rows.at(-1) as StatementRow) }
      rows.push(row)
    }
    if (isEnd) return { rows, next: null }
    place = placeOf(looked.at(-1) as StatementRow)
    const bytes = rows.reduce((sum, { raw }) => sum + raw.length, 0)
    // Beside these there is no room for as much again.
    if (rows.length === filter.limit || bytes > mostReadBytes / 2) break
  }
  return { rows, next: place }
}

/** The place right behind a row. */
export function placeOf({ seq, stored }: StatementRow): Place {
  return { seq: safeInteger(seq), stored: safeInteger(stored) }
}

/**
 * Candidates from a place on: up to the limit, and as many as may be in memory at once; and whether these are the last.
 *
 * One range of one index is walked from its end and stops at the limit; further filters are looked up for each row. The
 * rarest kind of reference leads.
 */
async function walk(
  handle: Handle,
  scope: Scope,
  filter: Filter,
  { keys, authority }: { keys: Buffer[][]; authority: Buffer[] | null },
  from: Place | null,
): Promise<{ looked: StatementRow[]; isEnd: boolean }> {
  const [lead, ...others] = keys
  const limits = { ...(await limitsOf(handle, scope, filter, from)), row: ofAuthority(authority) }
  const walks = lead
    ? lead.map((key) => walkReferences(scope, filter, key, others, limits))
    : [walkStore(scope, filter, limits)]
  const order = filter.ascending ? 'ASC' : 'DESC'
  const union = walks.map(({ text }) => `SELECT seq FROM (${text}) AS walk`).join(' UNION ')
  const found = await rowsOf<{ seq: unknown }>(
    handle,
    `SELECT seq FROM (${union}) AS page ORDER BY seq ${order} LIMIT ${filter.limit + 1}`,
    walks.flatMap(({ bindings }) => bindings),
  )
  const seqs = found.map(({ seq }) => safeInteger(seq))
  const taken = await firstWithin(handle, seqs.slice(0, filter.limit))
  if (taken.length === 0) return { looked: [], isEnd: true }
  const looked: StatementRow[] = await handle('statement')
    .select(statementColumns)
    .whereIn('seq', taken)
    .orderBy('seq', filter.ascending ? 'asc' : 'desc')
  return { looked, isEnd: taken.length === seqs.length }
}

/** For each filter the keys that satisfy it, rarest kind first. */
function keysOf(storeId: Id, filter: Filter): Buffer[][] {
  const { agent, verb, activity, registration, relatedAgents, relatedActivities, isAuthority } = filter
  const key = (kind: ReferenceKind, identifier: string, related = false) =>
    keysFor(storeId, kind, identifier, related)
  const keys: Buffer[][] = []
  if (registration !== undefined) keys.push(key('registration', registration))
  const paired = agent !== undefined && verb !== undefined && !relatedAgents
  if (paired) keys.push(key('agent-verb', pairOf(agent, verb)))
  else if (agent !== undefined && !isAuthority) keys.push(key('agent', agent, relatedAgents))
  if (activity !== undefined) keys.push(key('activity', activity, relatedActivities))
  if (verb !== undefined && !paired) keys.push(key('verb', verb))
  return keys
}

/** Where the agent asked for is the authority of the source: the keys under which it is found as anything else. */
function authorityKeysOf(storeId: Id, { agent, isAuthority }: Filter): Buffer[] | null {
  return isAuthority && agent !== undefined ? keysFor(storeId, 'agent', agent, true) : null
}

function keysFor(storeId: Id, kind: ReferenceKind, identifier: string, related: boolean): Buffer[] {
  const reaches = related ? (['narrow', 'related'] as const) : (['narrow'] as const)
  return reaches.map((reach) => Buffer.from(referenceKey(storeId, kind, reach, identifier), 'hex'))
}

/** Bounds of seq and stored, and what else every row must satisfy. */
interface Limits {
  seq: Sql[]
  stored: Sql[]
  row: Sql[]
}

/**
 * What the source sent, and of what operators replayed (their account is its authority) what names the source elsewhere.
 * A replayed statement that refers to others may match through them: `matching` looks at it again.
 */
function ofAuthority(keys: Buffer[] | null): Sql[] {
  if (!keys) return []
  const named = `EXISTS (SELECT 1 FROM statement_ref a WHERE a.ref_key IN (${keys.map(() => '?').join(', ')}) AND a.seq = s.seq)`
  return [
    {
      text: `(s.flags & ${flag.replayed} = 0 OR s.flags & ${flag.refers} <> 0 OR ${named})`,
      bindings: keys,
    },
  ]
}

async function limitsOf(
  handle: Handle,
  scope: Scope,
  filter: Filter,
  from: Place | null,
): Promise<Omit<Limits, 'row'>> {
  const limits: Omit<Limits, 'row'> = { seq: [], stored: [] }
  if (from) {
    const [below, notBeyond] = filter.ascending ? ['>', '>='] : ['<', '<=']
    limits.seq.push({ text: `s.seq ${below} ?`, bindings: [from.seq] })
    limits.stored.push({ text: `s.stored ${notBeyond} ?`, bindings: [from.stored] })
  }
  for (const [value, sign] of [
    [filter.since, '>'],
    [filter.until, '<='],
  ] as const) {
    if (value === undefined) continue
    limits.stored.push({ text: `s.stored ${sign} ?`, bindings: [value] })
    // seq grows with stored, so the bound holds for seq too: there it ends the walk.
    const seq = await lastSeqStoredBy(handle, scope.storeId, value)
    limits.seq.push({ text: `s.seq ${sign} ?`, bindings: [seq] })
  }
  return limits
}

async function lastSeqStoredBy(handle: Handle, storeId: Id, stored: number): Promise<number> {
  const row: { seq: unknown } | undefined = await handle('statement')
    .first('seq')
    .where('store_id', idBytes(storeId))
    .andWhere('stored', '<=', stored)
    .orderBy([
      { column: 'stored', order: 'desc' },
      { column: 'seq', order: 'desc' },
    ])
  return row ? safeInteger(row.seq) : 0
}

function walkReferences(
  { onlySourceId }: Scope,
  filter: Filter,
  key: Buffer,
  others: Buffer[][],
  { seq, row }: Limits,
): Sql {
  const order = filter.ascending ? 'ASC' : 'DESC'
  const conditions: Sql[] = [
    { text: 'r.ref_key = ?', bindings: [key] },
    ...seq.map(({ text, bindings }) => ({ text: text.replace('s.seq', 'r.seq'), bindings })),
    ...others.map((keys) => ({
      text: `EXISTS (SELECT 1 FROM statement_ref x WHERE x.ref_key IN (${keys.map(() => '?').join(', ')}) AND x.seq = r.seq)`,
      bindings: keys,
    })),
    { text: notHidden, bindings: [] },
    ...row,
    ...ofSource(onlySourceId),
  ]
  return {
    text: `SELECT r.seq AS seq FROM statement_ref r JOIN statement s ON s.seq = r.seq WHERE ${textOf(conditions)} ORDER BY r.seq ${order} LIMIT ${filter.limit + 1}`,
    bindings: conditions.flatMap(({ bindings }) => bindings),
  }
}

function walkStore({ storeId, onlySourceId }: Scope, filter: Filter, { seq, stored, row }: Limits): Sql {
  const order = filter.ascending ? 'ASC' : 'DESC'
  const conditions: Sql[] = [
    { text: 's.store_id = ?', bindings: [idBytes(storeId)] },
    ...stored,
    ...seq,
    { text: notHidden, bindings: [] },
    ...row,
    ...ofSource(onlySourceId),
  ]
  return {
    text: `SELECT s.seq AS seq FROM statement s WHERE ${textOf(conditions)} ORDER BY s.stored ${order}, s.seq ${order} LIMIT ${filter.limit + 1}`,
    bindings: conditions.flatMap(({ bindings }) => bindings),
  }
}

function ofSource(sourceId: Id | null): Sql[] {
  return sourceId === null ? [] : [{ text: 's.source_id = ?', bindings: [idBytes(sourceId)] }]
}

function textOf(conditions: Sql[]): string {
  return conditions.map(({ text }) => text).join(' AND ')
}
