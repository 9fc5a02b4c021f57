import type { Ground } from '../../foundation/ground.ts'
import type { Step } from '../../foundation/work.ts'
import { rotationSteps } from '../lti-services/rotation.ts'
import { launchLifeSeconds } from './session.ts'

const sweepEveryMs = 60_000

/**
 * Clears what the launch door has no more use for (logins and codes that ran out, addresses that hold a session key), and
 * carries changes of the tool's keys on.
 */
export function launchSteps(ground: Ground): Step[] {
  const { db, now } = ground
  return [
    { name: 'sweep logins', idleMs: sweepEveryMs, run: () => sweep('lti_login') },
    { name: 'sweep hand-over codes', idleMs: sweepEveryMs, run: () => sweep('lti_handover') },
    { name: 'sweep registration links', idleMs: sweepEveryMs, run: () => sweep('registration_token') },
    { name: 'forget return addresses', idleMs: sweepEveryMs, run: () => forget('return_url') },
    { name: 'forget requests for links', idleMs: sweepEveryMs, run: () => forget('deep_linking') },
    ...rotationSteps(ground),
  ]

  async function sweep(table: 'lti_login' | 'lti_handover' | 'registration_token'): Promise<number> {
    // What went out in this moment may be under way still; a minute later nobody asks for it.
    await db(table)
      .where('expires_at', '<', now() - 60_000_000)
      .delete()
    return 0
  }

  /** A platform's return address may hold a key of its session, and an unanswered request its data: both end with ours. */
  async function forget(column: 'return_url' | 'deep_linking'): Promise<number> {
    await db('lti_launch')
      .where('launched_at', '<', now() - launchLifeSeconds * 1_000_000)
      .whereNotNull(column)
      .update({ [column]: null })
    return 0
  }
}
