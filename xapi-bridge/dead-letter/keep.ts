import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Database } from '../../foundation/database/connect.ts'
import { insertRows, type Row } from '../../foundation/database/dialect.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import type { Fault } from '../language/faults.ts'
import { hideIdentityNumbers } from '../language/identity-guard.ts'
import { uuidBytes } from '../language/uuid.ts'
import { versionCode } from '../statements/flags.ts'
import type { Refused } from './input.ts'
import { maskBytes } from './mask.ts'

/** How much of one refused request is kept, in bytes: as much as one request of statements may have. */
export const mostBytes = 6 * 1024 * 1024
/** How many refused requests of one source are kept, and how many bytes of them together. */
export const mostOfSource = { inputs: 500, bytes: 64 * 1024 * 1024 }
/** Room is made now and then, so there may be this many more for a while. */
const pruneEvery = 50
/** How many faults of one request are kept. */
const mostFaults = 1000

/** Headers that say how a body is to be read. Whatever else came is not kept, so no credential can be. */
const keptHeaders = [
  'content-type',
  'x-experience-api-version',
  'user-agent',
  'webhook-id',
  'webhook-timestamp',
]

/** Keeps refused requests. Those that come while others are being written are written together. */
export interface Rejects {
  /** Resolves to the id of what is kept, which is the receipt of the request. */
  keep(input: Refused): Promise<Id>
}

interface Waiting {
  row: Row
  sourceId: Id
  bytes: number
  kept(): void
  failed(error: unknown): void
}

/** Makes the process's keeper of refused requests. The oldest of a source make room for new ones. */
export function createRejects({ db, log }: Pick<Ground, 'db' | 'log'>): Rejects {
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
        for (const sourceId of new Set(taken.map((waiting) => waiting.sourceId)))
          if (Math.random() * pruneEvery < taken.length) await prune(sourceId)
        for (const { kept } of taken) kept()
      } catch (error) {
        for (const { failed } of taken) failed(error)
      }
    }
    running = false
  }

  async function prune(sourceId: Id): Promise<void> {
    const { open } = await makeRoom(db, sourceId)
    if (open > 0) log.warn({ sourceId, open }, 'rejected input made room before anybody had decided on it')
  }

  return {
    async keep(input) {
      const id = newId()
      const row = rowOf(id, input)
      await new Promise<void>((kept, failed) => {
        queue.push({ row, sourceId: input.sourceId, bytes: (row.body as Buffer).length, kept, failed })
        if (!running) void run()
      })
      return id
    },
  }
}

/** As much as one statement of the database should carry; a body at the limit goes alone. */
const mostTogether = 2 * 1024 * 1024

function take(queue: Waiting[]): Waiting[] {
  let bytes = 0
  const count = queue.findIndex((waiting, n) => {
    bytes += waiting.bytes
    return n > 0 && (n >= 200 || bytes > mostTogether)
  })
  return count < 0 ? queue : queue.slice(0, count)
}

function rowOf(id: Id, input: Refused): Row {
  const { body, masked } = maskBytes(input.body.subarray(0, mostBytes))
  const faults = input.faults.slice(0, mostFaults)
  return {
    rejected_id: idBytes(id),
    source_id: idBytes(input.sourceId),
    received_at: input.receivedAt,
    status: input.status,
    method: input.method,
    content_type: (input.headers['content-type'] ?? '').slice(0, 200),
    version: versionCode[input.version],
    via: input.via,
    address_id: input.addressId === null ? null : uuidBytes(input.addressId),
    headers: Buffer.from(JSON.stringify(headersOf(input.headers))),
    body,
    // Stars may be shorter than what they stand for, which must not look like a cut.
    body_length: input.body.length > mostBytes ? input.body.length : body.length,
    masked: masked ? 1 : 0,
    errors: Buffer.from(JSON.stringify(faults)),
    codes: codesOf(faults),
    state: 0,
  }
}

/** Each code once, with a blank on both sides, as a search for one finds it. */
function codesOf(faults: Fault[]): string {
  const codes = [...new Set(faults.map(({ code }) => code))]
  return codes.length === 0 ? '' : ` ${codes.join(' ')} `.slice(0, 600)
}

function headersOf(headers: Refused['headers']): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of keptHeaders) {
    const value = headers[name]
    if (value !== undefined) kept[name] = hideIdentityNumbers(value).slice(0, 500)
  }
  return kept
}

/**
 * Deletes what is beyond the limits of one source: first what is settled, then the oldest. Returns how many of them
 * nobody had decided on.
 */
export async function makeRoom(db: Database, sourceId: Id): Promise<{ open: number }> {
  const rows: { rejected_id: Buffer; body_length: unknown; state: number }[] = await db('rejected_input')
    .select('rejected_id', 'body_length', 'state')
    .where({ source_id: idBytes(sourceId) })
    .orderByRaw('CASE WHEN state = 0 THEN 0 ELSE 1 END, received_at DESC, rejected_id DESC')
  let bytes = 0
  const beyond = rows.filter((row, n) => {
    bytes += Math.min(safeInteger(row.body_length), mostBytes)
    return n >= mostOfSource.inputs || (n > 0 && bytes > mostOfSource.bytes)
  })
  for (let from = 0; from < beyond.length; from += 500)
    await db('rejected_input')
      .whereIn(
        'rejected_id',
        beyond.slice(from, from + 500).map(({ rejected_id }) => rejected_id),
      )
      .delete()
  return { open: beyond.filter(({ state }) => state === 0).length }
}
