import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Database, Handle } from '../../foundation/database/connect.ts'
import { insertRows, type Row } from '../../foundation/database/dialect.ts'
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
/** Room is made now and then, so there may be this many more for a while. */
const pruneEvery = 50

/** Keeps refused requests. Those that come while others are being written are written together. */
export interface Rejects {
  /** Resolves to the id of what is kept, which is the receipt of the request. */
  keep(input: Omit<RejectedInput, 'id'>): Promise<Id>
}

interface Waiting {
  row: Row
  input: Omit<RejectedInput, 'id'>
  bytes: number
  kept(): void
  failed(error: unknown): void
}

/** Makes the process's keeper of refused requests. The oldest of a source make room for new ones. */
export function createRejects(db: Database): Rejects {
  let queue: Waiting[] = []
  let running = false

  async function run(): Promise<void> {
    running = true
    while (queue.length > 0) {
      const taken = take(queue)
      queue = queue.slice(taken.length)
      try {
        await insertRows(
          db,
          'rejected_input',
          taken.map(({ row }) => row),
        )
        for (const sourceId of new Set(taken.map(({ input }) => input.sourceId)))
          if (Math.random() * pruneEvery < taken.length) await makeRoom(db, sourceId)
        for (const { kept } of taken) kept()
      } catch (error) {
        for (const { failed } of taken) failed(error)
      }
    }
    running = false
  }

  return {
    async keep(input) {
      const id = newId()
      const row = rowOf(id, input)
      await new Promise<void>((kept, failed) => {
        queue.push({ row, input, bytes: (row.body as Buffer).length, kept, failed })
        if (!running) void run()
      })
      return id
    },
  }
}

function take(queue: Waiting[]): Waiting[] {
  let bytes = 0
  const count = queue.findIndex((waiting, n) => {
    bytes += waiting.bytes
    return n > 0 && (n >= 200 || bytes > 2 * mostBytes)
  })
  return count < 0 ? queue : queue.slice(0, count)
}

function rowOf(id: Id, input: Omit<RejectedInput, 'id'>): Row {
  return {
    rejected_id: idBytes(id),
    source_id: idBytes(input.sourceId),
    received_at: input.receivedAt,
    status: input.status,
    method: input.method,
    content_type: input.contentType.slice(0, 200),
    body: masked(input.body.subarray(0, mostBytes)),
    errors: Buffer.from(JSON.stringify(input.faults.slice(0, 100))),
  }
}

async function makeRoom(db: Database, sourceId: Id): Promise<void> {
  const oldest: { received_at: unknown } | undefined = await db('rejected_input')
    .first('received_at')
    .where({ source_id: idBytes(sourceId) })
    .orderBy('received_at', 'desc')
    .offset(mostKept)
  if (oldest)
    await db('rejected_input')
      .where({ source_id: idBytes(sourceId) })
      .andWhere('received_at', '<=', safeInteger(oldest.received_at))
      .delete()
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
