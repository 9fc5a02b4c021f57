import { idBytes } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { Authorizer } from './authorization.ts'
import { type Credential, openCredential } from './credential.ts'
import {
  type Delivery,
  markDead,
  markDelivered,
  markFailed,
  nextDeliveries,
  waitingUpTo,
} from './delivery.ts'
import { type Destination, destinationById, type PauseCode } from './destination.ts'
import { fill } from './fill.ts'
import { type Parcel, packEvent, packStatements } from './parcel.ts'
import type { Sender } from './request.ts'
import { webhookHeaders } from './signature.ts'
import { type Turn, takeTurn } from './turn.ts'
import { backOffMs, type Verdict, verdictOf, verdictOfFailure } from './verdict.ts'

/** What sending stands on. */
export interface Forwarding {
  ground: Ground
  sender: Sender
  authorizer: Authorizer
  /** In [0, 1): how much of a back-off is waited. */
  draw: () => number
}

/** A request of statements holds at most so many (xapi.md §6). */
export const batchSize = 50
/** No further statements are entered while so many wait: the cursor is where the rest waits. */
const enoughWaiting = 500
/** A turn ends after so many requests, so that a process that is told to stop does not go on for hours. */
const requestsPerTurn = 200
/** A receiver that failed on the same batch so often may be choking on one delivery, which is then looked for. */
const failuresBeforeSearch = 2
/** Halving a full batch takes seven; so many failures without a success between them are no single delivery's fault. */
const longestSearch = 8
const dayMicros = 86_400_000_000

/**
 * Forwards to one destination all that may go now; returns how many deliveries found their end. 0 while another process
 * has the turn.
 */
export async function forwardTo(
  on: Forwarding,
  destinationId: Id,
  owner: Id,
  signal: AbortSignal,
): Promise<number> {
  const destination = await destinationById(on.ground.db, destinationId)
  if (!destination) return 0
  const turn = await takeTurn(on.ground, destination, owner)
  if (!turn) return 0
  try {
    return await new Run(on, destinationId, turn, signal).all()
  } finally {
    await turn.release()
  }
}

class Run {
  private readonly on: Forwarding
  private readonly destinationId: Id
  private readonly turn: Turn
  private readonly signal: AbortSignal
  private done = 0
  /** Failures in a row while the one is looked for that a receiver chokes on. */
  private searched = 0
  /** What it choked on by itself; whether the fault is theirs shows when another gets through. */
  private readonly suspects: Delivery[] = []
  private choke: Verdict | null = null

  constructor(on: Forwarding, destinationId: Id, turn: Turn, signal: AbortSignal) {
    this.on = on
    this.destinationId = destinationId
    this.turn = turn
    this.signal = signal
  }

  async all(): Promise<number> {
    const { ground } = this.on
    const { db, now, config } = ground
    for (let requests = 0; requests < requestsPerTurn && !this.signal.aborted; requests++) {
      if (!(await this.turn.renew())) break
      // Read anew each time: somebody may have paused or changed it.
      const destination = await destinationById(db, this.destinationId)
      if (destination?.state !== 'active' || destination.nextTryAt > now()) break
      const looked = await this.enter(destination)
      const limit = destination.kind === 'webhook' ? 1 : batchSize
      const except = this.suspects.map(({ id }) => id)
      const deliveries = await nextDeliveries(db, destination, { now: now(), limit, except })
      if (deliveries.length === 0) {
        if (looked > 0) continue
        // Nothing else was there to tell; so it is the receiver until something shows otherwise.
        if (this.choke && this.suspects.length > 0) await this.later(destination, [], this.choke)
        break
      }
      const credential = this.credentialOf(destination)
      if (!credential) {
        await this.pause(destination, deliveries, { code: 'CREDENTIAL_UNREADABLE', status: null })
        break
      }
      const parcel = await this.pack(config, destination, deliveries)
      if (parcel && !(await this.deliver(destination, credential, parcel))) break
    }
    return this.done
  }

  private async enter(destination: Destination): Promise<number> {
    const { ground } = this.on
    if (destination.kind !== 'lrs') return 0
    if ((await waitingUpTo(ground.db, destination, enoughWaiting)) >= enoughWaiting) return 0
    return fill(ground, destination)
  }

  private credentialOf({ id, sealedCredential }: Destination): Credential | null {
    if (sealedCredential === null) return { kind: 'none' }
    return openCredential(this.on.ground.config, id, sealedCredential)
  }

  private async pack(
    config: Ground['config'],
    destination: Destination,
    deliveries: Delivery[],
  ): Promise<Parcel | null> {
    const { parcel, unsendable } =
      destination.kind === 'webhook'
        ? packEvent(config, deliveries[0] as Delivery)
        : await packStatements(this.on.ground.db, config, destination, deliveries)
    for (const { delivery, code } of unsendable)
      await this.settle(
        (trx) => markDead(trx, [delivery], { code, status: null, now: this.on.ground.now() }),
        1,
      )
    return parcel
  }

  /** Sends a parcel, or halves of it down to the one that offends; true when the destination may get more now. */
  private async deliver(destination: Destination, credential: Credential, parcel: Parcel): Promise<boolean> {
    if (this.signal.aborted || !(await this.turn.renew())) return false
    const verdict = await this.attempt(destination, credential, parcel)
    // Told to stop, and so broken off by ourselves: the outcome is unknown, and nothing is noted of it.
    if (verdict.status === null && this.signal.aborted) return false
    switch (verdict.act) {
      case 'delivered':
        return this.delivered(destination, parcel.deliveries, verdict)
      case 'pause':
        await this.pause(destination, parcel.deliveries, verdict)
        return false
      case 'later':
        if (!this.maySearch(destination, parcel, verdict))
          return this.later(destination, parcel.deliveries, verdict)
        this.searched += 1
        if (parcel.deliveries.length > 1) return this.deliverHalves(destination, credential, parcel)
        this.suspects.push(...parcel.deliveries)
        this.choke = verdict
        return true
      case 'bisect':
        if (parcel.deliveries.length === 1) return this.dead(destination, parcel.deliveries, verdict)
        return this.deliverHalves(destination, credential, parcel)
    }
  }

  private async deliverHalves(
    destination: Destination,
    credential: Credential,
    parcel: Parcel,
  ): Promise<boolean> {
    const [first, second] = halves(parcel)
    return (
      (await this.deliver(destination, credential, first)) && this.deliver(destination, credential, second)
    )
  }

  /** One that goes alone is known to be at fault, and there is nothing to look for. */
  private maySearch({ failures }: Destination, { deliveries }: Parcel, { choked }: Verdict): boolean {
    return (
      choked && failures >= failuresBeforeSearch && this.searched < longestSearch && !deliveries[0]?.alone
    )
  }

  private async attempt(
    destination: Destination,
    credential: Credential,
    parcel: Parcel,
    isSecond = false,
  ): Promise<Verdict> {
    const { sender, authorizer, ground } = this.on
    const authorization = await authorizer.headersFor(destination, credential, this.signal)
    if (authorization.failure) return authorization.failure
    try {
      const { status, headers } = await sender.send(
        outgoingOf(destination, credential, parcel, authorization.headers, ground.now()),
        this.signal,
      )
      // A token may have been ended before its time; a new one is worth one try.
      if (status === 401 && !isSecond && authorizer.forget(destination))
        return this.attempt(destination, credential, parcel, true)
      return verdictOf(status, headers, ground.now() / 1000)
    } catch (error) {
      return verdictOfFailure(error)
    }
  }

  private async delivered(
    destination: Destination,
    deliveries: Delivery[],
    verdict: Verdict,
  ): Promise<boolean> {
    const { ground, draw } = this.on
    const now = ground.now()
    this.searched = 0
    const suspects = this.suspects.splice(0)
    return this.settle(async (trx) => {
      for (const one of suspects) {
        const nextAt = (now + backOffMs(one.attempts + 1, draw()) * 1000) as Instant
        await markFailed(trx, [one], {
          code: 'FAILING',
          status: this.choke?.status ?? null,
          now,
          nextAt,
        })
      }
      await markDelivered(trx, deliveries, { status: verdict.status ?? 0, now })
      await note(trx, destination.id, {
        failures: 0,
        next_try_at: now,
        last_status: verdict.status,
        last_code: null,
        last_attempt_at: now,
        last_success_at: now,
      })
    }, deliveries.length)
  }

  private async dead(destination: Destination, deliveries: Delivery[], verdict: Verdict): Promise<boolean> {
    const { log, now } = this.on.ground
    const { code, status } = verdict
    log.warn(
      { destinationId: destination.id, deliveryId: deliveries[0]?.id, code, status },
      'delivery is dead',
    )
    return this.settle(async (trx) => {
      await markDead(trx, deliveries, { code: code ?? 'UNEXPECTED', status, now: now() })
      // The receiver answered and knows us, so it is not failing.
      await note(trx, destination.id, {
        failures: 0,
        last_status: status,
        last_code: code,
        last_attempt_at: now(),
      })
    }, deliveries.length)
  }

  /** The destination waits for a person; what was to go stays first in line. */
  private async pause(
    destination: Destination,
    deliveries: Delivery[],
    { code, status }: { code: PauseCode | null; status: number | null },
  ): Promise<void> {
    const { log, now } = this.on.ground
    log.error({ destinationId: destination.id, code, status }, 'destination paused: it needs a person')
    await this.settle(async (trx) => {
      const known = code === 'CREDENTIAL_UNREADABLE' || code === 'by_hand' ? null : code
      await markFailed(trx, deliveries, { code: known, status, now: now() })
      await note(trx, destination.id, {
        state: 'paused',
        pause_code: code ?? 'UNEXPECTED',
        last_status: status,
        last_code: known,
        last_attempt_at: now(),
      })
    }, 0)
  }

  /** Nothing is lost by waiting: they are tried again, until they have been tried for a day. */
  private async later(destination: Destination, tried: Delivery[], verdict: Verdict): Promise<boolean> {
    const { ground, draw } = this.on
    const { code, status, choked, retryAfterMs } = verdict
    const now = ground.now()
    const deliveries = [...this.suspects.splice(0), ...tried]
    const expired = deliveries.filter(
      ({ firstTriedAt }) => firstTriedAt !== null && firstTriedAt + dayMicros <= now,
    )
    const rest = deliveries.filter((delivery) => !expired.includes(delivery))
    // One that goes alone has a time of its own, and says nothing about how the destination does.
    const [only] = deliveries
    const isOwnTrouble = choked && only?.alone === true
    const failures = isOwnTrouble ? only.attempts + 1 : destination.failures + 1
    const waitMs = backOffMs(failures, draw(), retryAfterMs)
    const nextAt = (now + waitMs * 1000) as Instant
    ground.log.warn(
      { destinationId: destination.id, code, status, waitMs },
      'destination does not take it now',
    )
    if (expired.length > 0)
      ground.log.error(
        { destinationId: destination.id, count: expired.length },
        'deliveries given up after a day',
      )
    await this.settle(async (trx) => {
      await markDead(trx, expired, { code: 'GIVEN_UP', status, now })
      await markFailed(trx, rest, { code, status, now, ...(isOwnTrouble ? { nextAt } : {}) })
      await note(trx, destination.id, {
        ...(isOwnTrouble ? {} : { failures, next_try_at: nextAt }),
        last_status: status,
        last_code: code,
        last_attempt_at: now,
      })
    }, expired.length)
    return isOwnTrouble
  }

  /** Writes while the turn is ours; false when it was lost. */
  private async settle(body: (trx: Trx) => Promise<void>, ended: number): Promise<boolean> {
    const settled = await this.turn.settle(async (trx) => {
      await body(trx)
      return true
    })
    if (settled) this.done += ended
    return settled === true
  }
}

function outgoingOf(
  destination: Destination,
  credential: Credential,
  { deliveries, texts, headers, multipart }: Parcel,
  authorization: Record<string, string>,
  now: Instant,
) {
  if (destination.kind === 'webhook') {
    const [delivery] = deliveries as [Delivery]
    const body = texts[0] as string
    const signed =
      credential.kind === 'signature'
        ? webhookHeaders({ event: delivery.event, deliveryId: delivery.id, body }, credential, now)
        : { 'content-type': 'application/json; charset=utf-8' }
    return { method: 'POST' as const, url: destination.url, headers: { ...signed, ...authorization }, body }
  }
  return {
    method: 'POST' as const,
    url: `${destination.url}/statements`,
    headers: {
      'content-type': multipart?.type ?? 'application/json; charset=utf-8',
      'x-experience-api-version': destination.version,
      ...headers,
      ...authorization,
    },
    body: multipart?.body ?? `[${texts.join(',')}]`,
  }
}

function halves({ deliveries, texts, headers }: Parcel): [Parcel, Parcel] {
  const middle = Math.ceil(deliveries.length / 2)
  const part = (from: number, to?: number): Parcel => ({
    deliveries: deliveries.slice(from, to),
    texts: texts.slice(from, to),
    headers,
    multipart: null,
  })
  return [part(0, middle), part(middle)]
}

async function note(trx: Trx, id: Id, columns: Record<string, string | number | null>): Promise<void> {
  await trx('destination')
    .where({ destination_id: idBytes(id) })
    .whereNot('state', 'removed')
    .update(columns)
}
