import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Database, Handle } from '../../foundation/database/connect.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import type { Fault } from '../language/faults.ts'
import { hideIdentityNumbers } from '../language/identity-guard.ts'

/** A request whose content was refused. */
export interface RejectedInput {
  /** Also the receipt that the sender was given. */
  id: Id
  sourceId: Id
  receivedAt: Instant
  status: number
  method: string
  contentType: string
  /** The bytes received, with identity numbers starred out. */
  body: Buffer
  faults: Fault[]
}

/** How many refused requests of one source are kept, and how much of each. */
const mostKept = 500
const mostBytes = 1024 * 1024

/** Keeps a refused request and returns the id that is its receipt. The oldest of the source make room. */
export async function keepRejected(db: Database, input: Omit<RejectedInput, 'id'>): Promise<Id> {
  const id = newId()
  await db('rejected_input').insert({
    rejected_id: idBytes(id),
    source_id: idBytes(input.sourceId),
    received_at: input.receivedAt,
    status: input.status,
    method: input.method,
    content_type: input.contentType.slice(0, 200),
    body: masked(input.body.subarray(0, mostBytes)),
    errors: Buffer.from(JSON.stringify(input.faults.slice(0, 100))),
  })
  const oldest: { received_at: unknown } | undefined = await db('rejected_input')
    .first('received_at')
    .where({ source_id: idBytes(input.sourceId) })
    .orderBy('received_at', 'desc')
    .offset(mostKept)
  if (oldest)
    await db('rejected_input')
      .where({ source_id: idBytes(input.sourceId) })
      .andWhere('received_at', '<=', safeInteger(oldest.received_at))
      .delete()
  return id
}

// Bytes that are not UTF-8 are kept as they are; what is masked is written anew.
function masked(body: Buffer): Buffer {
  const text = body.toString()
  const hidden = hideIdentityNumbers(text)
  return hidden === text ? body : Buffer.from(hidden)
}

/** A refused request of one source by its receipt; null if it is not known or made room for newer ones. */
export async function rejectedById(handle: Handle, sourceId: Id, id: Id): Promise<RejectedInput | null> {
  const row = await handle('rejected_input')
    .first()
    .where({ rejected_id: idBytes(id), source_id: idBytes(sourceId) })
  return row ? rejectedOf(row) : null
}

/** Refused requests, newest first, of one source or of all. */
export async function rejectedInputs(
  handle: Handle,
  { sourceId, limit }: { sourceId?: Id; limit: number },
): Promise<RejectedInput[]> {
  const query = handle('rejected_input').select().orderBy('received_at', 'desc').limit(limit)
  if (sourceId) query.where({ source_id: idBytes(sourceId) })
  return (await query).map(rejectedOf)
}

function rejectedOf(row: Record<string, unknown>): RejectedInput {
  return {
    id: idText(row.rejected_id as Buffer),
    sourceId: idText(row.source_id as Buffer),
    receivedAt: asInstant(safeInteger(row.received_at)),
    status: row.status as number,
    method: row.method as string,
    contentType: row.content_type as string,
    body: row.body as Buffer,
    faults: JSON.parse((row.errors as Buffer).toString()),
  }
}
