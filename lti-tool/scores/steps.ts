import { setTimeout as sleep } from 'node:timers/promises'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import type { Step } from '../../foundation/work.ts'
import { type ServiceRegistration, serviceRegistrations } from '../lti-services/service-call.ts'
import { hearPostings, launchLooker } from './hear.ts'
import { lanesOf } from './lane.ts'
import { rejectWaiting } from './outbox.ts'
import { seekLineItem } from './seek.ts'
import { type Sending, sendLane } from './send.ts'

const lookMs = 500
/** A defect, or a database that is away, is not met again at once. */
const afterDefectMs = 5_000

/**
 * The background work of scores: from postings and launches to the gradebooks of platforms. `how` is for tests,
 * which cannot wait as long as a platform may take.
 */
export function scoreSteps(ground: Ground, how: Pick<Sending, 'deadlineMs' | 'apartMs'> = {}): Step[] {
  const on: Sending = { ground, owner: newId(), draw: Math.random, ...how }
  return [
    { name: 'score-postings', idleMs: lookMs, run: () => hearPostings(ground) },
    { name: 'score-launches', idleMs: 2_000, run: launchLooker(ground) },
    {
      name: 'score-line-items',
      idleMs: 1_000,
      run: async () => {
        const registrations = await serviceRegistrations(ground.db)
        return (await seekLineItem(on, registrations)) ? 1 : 0
      },
    },
    sendingStep(on),
  ]
}

/**
 * Each platform in a loop of its own, so that a slow one holds up nobody but itself. The step comes back only when
 * nothing is under way, so that a process that is told to stop leaves nothing half done.
 */
function sendingStep(on: Sending): Step {
  const { log } = on.ground
  const sending = new Map<Id, Promise<void>>()
  return {
    name: 'score-sending',
    idleMs: lookMs,
    async run(signal) {
      let ended = 0
      do {
        for (const registration of signal.aborted ? [] : await lanesWithWork(on.ground)) {
          const { registrationId } = registration
          if (sending.has(registrationId)) continue
          const run = sendLane(on, registration, signal)
            .then((done) => {
              ended += done
            })
            .catch(async (error) => {
              log.error({ err: error, registrationId }, 'sending scores failed')
              await pause(signal, afterDefectMs)
            })
            .finally(() => sending.delete(registrationId))
          sending.set(registrationId, run)
        }
        if (sending.size > 0) await Promise.race([...sending.values(), pause(signal)])
      } while (sending.size > 0)
      return ended
    },
  }
}

/** Until it is time to look again. */
async function pause(signal: AbortSignal, ms = lookMs): Promise<void> {
  await sleep(ms, undefined, signal.aborted ? {} : { signal }).catch(() => undefined)
}

/** Active platforms to which a score may go now. */
async function lanesWithWork({ db, now }: Ground): Promise<ServiceRegistration[]> {
  const due: { iss: string; client_id: string }[] = await db('score_outbox')
    .where({ state: 'waiting' })
    .where('not_before', '<=', now())
    .where('leased_until', '<', now())
    .distinct('iss', 'client_id')
  if (due.length === 0) return []
  const all = await serviceRegistrations(db)
  const gone = due.filter(
    (one) => !all.some(({ iss, clientId }) => one.iss === iss && one.client_id === clientId),
  )
  for (const pair of gone) await rejectWaiting(db, { iss: pair.iss, clientId: pair.client_id }, now())
  const registrations = all.filter(
    ({ active, iss, clientId }) => active && due.some((one) => one.iss === iss && one.client_id === clientId),
  )
  const lanes = await lanesOf(
    db,
    registrations.map(({ registrationId }) => registrationId),
  )
  return registrations.filter((_, index) => {
    const lane = lanes[index]
    return lane !== undefined && lane.pausedCode === null && lane.notBefore <= now()
  })
}
