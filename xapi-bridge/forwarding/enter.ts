import { idBytes } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { type Row, upsert } from '../../foundation/database/dialect.ts'
import { derivedId, type Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { type Destination, destinations } from './destination.ts'
import type { WebhookEvent } from './signature.ts'

/** Something that webhooks are told of: ids, codes and links, nothing about people. */
export interface Happening {
  event: WebhookEvent
  /** What makes it this one and no other: the same text, entered again, is the same delivery. */
  key: string
  at: Instant
  /** The source it comes from, by which webhooks may filter. */
  sourceId: Id | null
  data: Record<string, string | number | null>
  /** Paths below the address of this installation, by what they lead to. */
  links: Record<string, string>
}

/** Enters statements for a destination, in the caller's transaction; those that are there already stay as they are. */
export async function enterStatements(
  trx: Trx,
  destination: Pick<Destination, 'id'>,
  seqs: readonly number[],
  now: Instant,
): Promise<void> {
  const rows = seqs.map((seq) =>
    deliveryRow(
      destination.id,
      { event: 'statement', key: String(seq), seq, place: seq, content: null },
      now,
    ),
  )
  await enter(trx, rows)
}

/**
 * Enters happenings for every webhook that asked for them, in the transaction that causes them. A paused webhook gets
 * them too, when it is resumed; one that was made later than they happened does not.
 */
export async function enterHappenings(
  trx: Trx,
  happenings: readonly Happening[],
  now: Instant,
  hooks?: readonly Destination[],
): Promise<void> {
  if (happenings.length === 0) return
  const rows: Row[] = []
  for (const hook of hooks ?? (await destinations(trx, 'webhook'))) {
    const { sources } = hook.filter
    for (const { event, key, at, sourceId, data, links } of happenings) {
      if (!hook.events.includes(event) || at < hook.createdAt) continue
      if (sources && (sourceId === null || !sources.includes(sourceId))) continue
      const content = Buffer.from(JSON.stringify({ at, data, links }))
      rows.push(deliveryRow(hook.id, { event, key, seq: null, place: at, content }, now))
    }
  }
  await enter(trx, rows)
}

function deliveryRow(
  destinationId: Id,
  subject: { event: string; key: string; seq: number | null; place: number; content: Buffer | null },
  now: Instant,
): Row {
  return {
    delivery_id: idBytes(derivedId(destinationId, `${subject.event} ${subject.key}`)),
    destination_id: idBytes(destinationId),
    event: subject.event,
    seq: subject.seq,
    place: subject.place,
    content: subject.content,
    state: 'waiting',
    code: null,
    status: null,
    attempts: 0,
    alone: 0,
    queued_at: now,
    next_at: now,
    first_tried_at: null,
    finished_at: null,
  }
}

/** In the order of their ids, so that two transactions never wait for each other crosswise. */
async function enter(trx: Trx, rows: Row[]): Promise<void> {
  const sorted = rows.sort((a, b) => (a.delivery_id as Buffer).compare(b.delivery_id as Buffer))
  if (sorted.length > 0) await upsert(trx, 'delivery', sorted, { key: ['delivery_id'] })
}
