import { z } from 'zod'
import { type Instant, isoOf } from '../../foundation/time.ts'
import { type Delivery, deliveryStates } from './delivery.ts'
import type { Destination } from './destination.ts'
import { filterSchema } from './filter.ts'
import type { Figures } from './log.ts'
import { redactionSchema } from './redact.ts'
import { webhookEvents } from './signature.ts'

/** A destination as scripts and the desk see it; never its credential. */
export const destinationJson = z.object({
  destination_id: z.string(),
  name: z.string(),
  kind: z.enum(['lrs', 'webhook']),
  url: z.string(),
  version: z.string().nullable().describe('xAPI version spoken to an LRS'),
  filter: filterSchema,
  redaction: redactionSchema.nullable(),
  events: z.array(z.enum(webhookEvents)),
  source_id: z.string().nullable(),
  has_credential: z.boolean(),
  state: z.enum(['active', 'paused', 'removed']),
  pause_code: z.string().nullable().describe('why it is paused: a delivery code, or by_hand'),
  pending: z.number().describe('entered and not there yet'),
  failed: z.number().describe('of those: tried, and failed so far'),
  dead: z.number().describe('given up; replay puts them back in line'),
  behind: z.number().describe('statements that were not looked at yet'),
  lag_seconds: z.number().describe('how long the oldest of all these has waited'),
  failures: z.number().describe('failed attempts in a row'),
  next_try_at: z.string().nullable().describe('while it backs off'),
  last_status: z.number().nullable(),
  last_code: z.string().nullable(),
  last_attempt_at: z.string().nullable(),
  last_success_at: z.string().nullable(),
  created_at: z.string(),
})

/** A destination in the shape of `destinationJson`. */
export function toDestinationJson(
  destination: Destination,
  figures: Figures,
  now: Instant,
): z.infer<typeof destinationJson> {
  const isLrs = destination.kind === 'lrs'
  const { waitingSince } = figures
  return {
    destination_id: destination.id,
    name: destination.name,
    kind: destination.kind,
    url: destination.url,
    version: isLrs ? destination.version : null,
    filter: destination.filter,
    redaction: isLrs ? destination.redaction : null,
    events: destination.events,
    source_id: destination.sourceId,
    has_credential: destination.sealedCredential !== null,
    state: destination.state,
    pause_code: destination.pauseCode,
    pending: figures.pending,
    failed: figures.failed,
    dead: figures.dead,
    behind: figures.behind,
    lag_seconds: waitingSince === null ? 0 : Math.max(0, Math.round((now - waitingSince) / 1_000_000)),
    failures: destination.failures,
    next_try_at: destination.failures > 0 ? isoOf(destination.nextTryAt) : null,
    last_status: destination.lastStatus,
    last_code: destination.lastCode,
    last_attempt_at: isoOrNull(destination.lastAttemptAt),
    last_success_at: isoOrNull(destination.lastSuccessAt),
    created_at: isoOf(destination.createdAt),
  }
}

/** One delivery in the log. */
export const deliveryJson = z.object({
  delivery_id: z.string(),
  destination_id: z.string(),
  event: z.string().describe('statement, or the event of a webhook'),
  seq: z.number().nullable().describe('of a statement'),
  state: z.enum(deliveryStates),
  code: z.string().nullable(),
  status: z.number().nullable(),
  attempts: z.number(),
  queued_at: z.string(),
  first_tried_at: z.string().nullable(),
  finished_at: z.string().nullable(),
})

/** A delivery in the shape of `deliveryJson`. */
export function toDeliveryJson(delivery: Delivery): z.infer<typeof deliveryJson> {
  return {
    delivery_id: delivery.id,
    destination_id: delivery.destinationId,
    event: delivery.event,
    seq: delivery.seq,
    state: delivery.state,
    code: delivery.code,
    status: delivery.status,
    attempts: delivery.attempts,
    queued_at: isoOf(delivery.queuedAt),
    first_tried_at: isoOrNull(delivery.firstTriedAt),
    finished_at: isoOrNull(delivery.finishedAt),
  }
}

function isoOrNull(instant: Instant | null): string | null {
  return instant === null ? null : isoOf(instant)
}
