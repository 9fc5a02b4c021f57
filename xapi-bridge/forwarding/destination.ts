import { idBytes, idText, idTextOrNull, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { NotFound } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { type Filter, filterSchema } from './filter.ts'
import { type Redaction, redactionSchema } from './redact.ts'
import type { WebhookEvent } from './signature.ts'
import type { DeliveryCode } from './verdict.ts'

/** Somewhere that statements or events are sent on to (转发目的地). */
export interface Destination {
  id: Id
  /** The part of the lease `forwarding` under which one process at a time sends. */
  shard: number
  name: string
  kind: 'lrs' | 'webhook'
  /** Of an LRS: its endpoint without a slash at the end. */
  url: string
  /** xAPI version spoken to an LRS. */
  version: '1.0.3' | '2.0.0'
  filter: Filter
  redaction: Redaction
  events: WebhookEvent[]
  /** The source that this receiver is: nothing of its own returns to it. */
  sourceId: Id | null
  sealedCredential: Buffer | null
  state: DestinationState
  /** Why it is paused: a delivery code, or `by_hand`. */
  pauseCode: PauseCode | null
  /** Statements up to this seq were looked at. */
  cursorSeq: number
  /** Failed attempts in a row. */
  failures: number
  nextTryAt: Instant
  lastStatus: number | null
  lastCode: DeliveryCode | null
  lastAttemptAt: Instant | null
  lastSuccessAt: Instant | null
  createdAt: Instant
}

/** active: it sends · paused: it waits for a person, and loses nothing · removed: for good. */
export type DestinationState = 'active' | 'paused' | 'removed'

/** Why a destination waits for a person. */
export type PauseCode = DeliveryCode | 'by_hand' | 'CREDENTIAL_UNREADABLE'

/** The destination of that id, or null; one that was removed is not found. */
export async function destinationById(handle: Handle, id: Id): Promise<Destination | null> {
  const row = await handle('destination')
    .where({ destination_id: idBytes(id) })
    .whereNot('state', 'removed')
    .first()
  return row ? destinationOf(row) : null
}

/** As `destinationById`. Throws NotFound (`destination-unknown`). */
export async function requireDestination(handle: Handle, id: Id): Promise<Destination> {
  const destination = await destinationById(handle, id)
  if (!destination) throw new NotFound('destination-unknown', 'no destination has this id')
  return destination
}

/** All destinations that were not removed, by name; of one kind where that is said. */
export async function destinations(handle: Handle, kind?: Destination['kind']): Promise<Destination[]> {
  const query = handle('destination').whereNot('state', 'removed').orderBy('name')
  if (kind) query.where({ kind })
  return (await query).map(destinationOf)
}

/** The value of a row of table `destination`. */
function destinationOf(row: Record<string, unknown>): Destination {
  const instantOrNull = (value: unknown) => (value == null ? null : asInstant(safeInteger(value)))
  return {
    id: idText(row.destination_id as Buffer),
    shard: safeInteger(row.shard),
    name: row.name as string,
    kind: row.kind as Destination['kind'],
    url: row.url as string,
    version: row.version as Destination['version'],
    filter: filterSchema.parse(JSON.parse((row.filter as Buffer).toString('utf8'))),
    redaction: redactionSchema.parse(JSON.parse((row.redaction as Buffer).toString('utf8'))),
    events: (row.events as string).split(' ').filter(Boolean) as WebhookEvent[],
    sourceId: idTextOrNull(row.source_id as Buffer | null),
    sealedCredential: row.credential as Buffer | null,
    state: row.state as DestinationState,
    pauseCode: row.pause_code as PauseCode | null,
    cursorSeq: safeInteger(row.cursor_seq),
    failures: safeInteger(row.failures),
    nextTryAt: asInstant(safeInteger(row.next_try_at)),
    lastStatus: row.last_status === null ? null : safeInteger(row.last_status),
    lastCode: row.last_code as DeliveryCode | null,
    lastAttemptAt: instantOrNull(row.last_attempt_at),
    lastSuccessAt: instantOrNull(row.last_success_at),
    createdAt: asInstant(safeInteger(row.created_at)),
  }
}
