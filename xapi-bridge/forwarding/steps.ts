import { setTimeout as sleep } from 'node:timers/promises'
import { takeLease } from '../../foundation/database/lease.ts'
import type { Ground } from '../../foundation/ground.ts'
import { addressGuard } from '../../foundation/http/outbound-address.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import type { Step } from '../../foundation/work.ts'
import { lastSeq } from '../statements/read.ts'
import { createAuthorizer } from './authorization.ts'
import { nextDeliveries } from './delivery.ts'
import { type Destination, destinations } from './destination.ts'
import { tellPostings, tellSilence } from './happenings.ts'
import { forgetDeliveries } from './log.ts'
import { createSender } from './request.ts'
import { type Forwarding, forwardTo } from './run.ts'

const lookMs = 400
/** A defect, or a database that is away, is not met again at once. */
const afterDefectMs = 5_000

/** Makes what a process needs to send. */
export function createForwarding(ground: Ground): Forwarding {
  const { destinationPrivate, allowHttp } = ground.config
  const sender = createSender(addressGuard(destinationPrivate), { httpsOnly: !allowHttp })
  return { ground, sender, authorizer: createAuthorizer(sender, ground.now), draw: Math.random }
}

/** The background work of forwarding: events out of the book, sending, and what may be forgotten. */
export function forwardingSteps(ground: Ground): Step[] {
  const owner = newId()
  const forwarding = createForwarding(ground)
  const sending = new Map<Id, Promise<void>>()
  const stops = new Set<AbortController>()
  const begin = (id: Id, count: (done: number) => void) => {
    // A signal for each destination: all of them on one are more listeners than Node takes for sound.
    const stop = new AbortController()
    stops.add(stop)
    const run = forwardTo(forwarding, id, owner, stop.signal)
      .then(count)
      .catch(async (error) => {
        if (stop.signal.aborted) return
        ground.log.error({ err: error, destinationId: id }, 'forwarding failed')
        await pause(stop.signal, afterDefectMs)
      })
      .finally(() => {
        stops.delete(stop)
        sending.delete(id)
      })
    sending.set(id, run)
  }
  return [
    {
      name: 'forwarding-events',
      idleMs: 500,
      run: () => tellPostings(ground),
    },
    {
      name: 'forwarding-silence',
      idleMs: 15_000,
      run: async () => {
        await tellSilence(ground)
        return 0
      },
    },
    {
      name: 'forwarding',
      idleMs: lookMs,
      // Each destination in a loop of its own, so that a slow receiver holds up nobody but itself. It comes back only
      // when nothing is under way, so that a process that is told to stop leaves nothing half done.
      async run(signal) {
        let ended = 0
        const stopAll = () => {
          for (const stop of stops) stop.abort(signal.reason)
        }
        signal.addEventListener('abort', stopAll)
        try {
          do {
            const ready = signal.aborted ? [] : await destinationsWithWork(ground)
            // Looked at again: it may have fired while the database was asked.
            for (const { id } of signal.aborted ? [] : ready)
              if (!sending.has(id)) begin(id, (done) => (ended += done))
            if (sending.size > 0) await waitFor([...sending.values()], signal)
          } while (sending.size > 0)
        } finally {
          signal.removeEventListener('abort', stopAll)
        }
        if (signal.aborted) forwarding.sender.close()
        return ended
      },
    },
    {
      name: 'forwarding-sweep',
      idleMs: 600_000,
      run: async () => {
        const lease = { kind: 'forwarding-sweep', shard: 0, owner, now: ground.now(), ttlMs: 60_000 }
        return (await takeLease(ground.db, lease)) === null ? 0 : forgetDeliveries(ground)
      },
    },
  ]
}

/** Until one of these has ended, or it is time to look for destinations again. */
async function waitFor(runs: Promise<void>[], signal: AbortSignal): Promise<void> {
  const over = new AbortController()
  const stop = () => over.abort()
  signal.addEventListener('abort', stop)
  await Promise.race([...runs, pause(over.signal)])
  signal.removeEventListener('abort', stop)
  over.abort()
}

/** So long, or until the signal fires. */
async function pause(signal: AbortSignal, ms = lookMs): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}

/** Destinations to which something may go now. */
export async function destinationsWithWork({ db, now }: Pick<Ground, 'db' | 'now'>): Promise<Destination[]> {
  const ready = (await destinations(db)).filter(
    ({ state, nextTryAt }) => state === 'active' && nextTryAt <= now(),
  )
  if (ready.length === 0) return []
  const last = await lastSeq(db)
  const found: Destination[] = []
  for (const destination of ready) {
    const isBehind = destination.kind === 'lrs' && destination.cursorSeq < last
    if (isBehind || (await nextDeliveries(db, destination, { now: now(), limit: 1 })).length > 0)
      found.push(destination)
  }
  return found
}
