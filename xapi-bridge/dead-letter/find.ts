import type { Knex } from 'knex'
import { idBytes, idText, safeInteger, sumOf } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { lockForUpdate } from '../../foundation/database/dialect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import type { FaultCode } from '../language/faults.ts'
import { type InputState, inputOf, inputStates, type RejectedInput, type Via } from './input.ts'

/** A refused request of one source by its receipt; null if it is not known, too old, or made room for newer ones. */
export async function rejectedById(handle: Handle, sourceId: Id, id: Id): Promise<RejectedInput | null> {
  const row = await handle('rejected_input')
    .first()
    .where({ rejected_id: idBytes(id), source_id: idBytes(sourceId) })
  return row ? inputOf(row) : null
}

/** A refused request of any source; null as above. With `locked` nobody else can settle it until the transaction ends. */
export async function anyRejected(handle: Handle, id: Id, locked = false): Promise<RejectedInput | null> {
  const query = handle('rejected_input')
    .first()
    .where({ rejected_id: idBytes(id) })
  const row = await (locked ? lockForUpdate(query) : query)
  return row ? inputOf(row) : null
}

/** Refused requests, newest first, of one source or of all. */
export async function rejectedInputs(
  handle: Handle,
  { sourceId, limit }: { sourceId?: Id; limit: number },
): Promise<RejectedInput[]> {
  const query = handle('rejected_input').select().orderBy('received_at', 'desc').limit(limit)
  if (sourceId) query.where({ source_id: idBytes(sourceId) })
  return (await query).map(inputOf)
}

/** What to look for; absent fields take all. */
export interface RejectedFilter {
  sourceId?: Id
  code?: FaultCode
  state?: InputState
}

/** A refused request as a list shows it: without its body. */
export interface RejectedSummary {
  id: Id
  sourceId: Id
  source: string
  receivedAt: Instant
  status: number
  method: string
  via: Via
  codes: string[]
  bodyLength: number
  isMasked: boolean
  state: InputState
}

/** A page of refused requests, newest first, with how many match. `before` is the id of the last of the page before. */
export async function rejectedPage(
  handle: Handle,
  filter: RejectedFilter,
  { before, size }: { before?: Id; size: number },
): Promise<{ inputs: RejectedSummary[]; total: number }> {
  const query = matching(handle, filter)
    .join('source as s', 's.source_id', 'r.source_id')
    .select(
      'r.rejected_id',
      'r.source_id',
      'r.received_at',
      'r.status',
      'r.method',
      'r.via',
      'r.codes',
      'r.body_length',
      'r.masked',
      'r.state',
      's.name',
    )
    // Ids grow with time, so they are the order of coming and a cursor in one.
    .orderBy('r.rejected_id', 'desc')
    .limit(size)
  if (before) query.where('r.rejected_id', '<', idBytes(before))
  const [{ n }] = (await matching(handle, filter).count({ n: '*' })) as [{ n: unknown }]
  return { inputs: (await query).map(summaryOf), total: sumOf(n) }
}

/** How many refused requests are open, of one source or of all, by fault; one with several counts under each. */
export async function openByCode(
  handle: Handle,
  { sourceId }: Pick<RejectedFilter, 'sourceId'> = {},
): Promise<Map<string, number>> {
  const rows: { codes: string; n: unknown }[] = await matching(handle, {
    state: 'open',
    ...(sourceId === undefined ? {} : { sourceId }),
  })
    .select('r.codes')
    .count({ n: '*' })
    .groupBy('r.codes')
  const counts = new Map<string, number>()
  for (const { codes, n } of rows)
    for (const code of wordsOf(codes)) counts.set(code, (counts.get(code) ?? 0) + sumOf(n))
  return counts
}

/** Open requests by fault and source; absent fields take all. */
export type OpenFilter = Omit<RejectedFilter, 'state'>

/** Ids of open requests, oldest first, after the one named. */
export async function openWith(
  handle: Handle,
  filter: OpenFilter,
  { after, size }: { after?: Id; size: number },
): Promise<Id[]> {
  const query = matching(handle, { ...filter, state: 'open' })
    .select('r.rejected_id')
    .orderBy('r.rejected_id')
    .limit(size)
  if (after) query.where('r.rejected_id', '>', idBytes(after))
  return ((await query) as { rejected_id: Buffer }[]).map(({ rejected_id }) => idText(rejected_id))
}

function matching(handle: Handle, { sourceId, code, state }: RejectedFilter): Knex.QueryBuilder {
  const query = handle('rejected_input as r')
  if (sourceId) query.where('r.source_id', idBytes(sourceId))
  if (code) query.where('r.codes', 'like', `% ${code} %`)
  if (state) query.where('r.state', inputStates.indexOf(state))
  return query
}

function summaryOf(row: Record<string, unknown>): RejectedSummary {
  return {
    id: idText(row.rejected_id as Buffer),
    sourceId: idText(row.source_id as Buffer),
    source: row.name as string,
    receivedAt: asInstant(safeInteger(row.received_at)),
    status: row.status as number,
    method: row.method as string,
    via: row.via as Via,
    codes: wordsOf(row.codes as string),
    bodyLength: safeInteger(row.body_length),
    isMasked: row.masked === 1,
    state: inputStates[row.state as number] ?? 'open',
  }
}

function wordsOf(codes: string): string[] {
  return codes.split(' ').filter(Boolean)
}
