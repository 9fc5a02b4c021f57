import type { Ground } from '../../foundation/ground.ts'
import type { Instant } from '../../foundation/time.ts'
import type { Step } from '../../foundation/work.ts'
import { forgetEvents } from './enrolment.ts'
import { relayStep } from './relay.ts'

const DAY = 86_400_000_000

/** Background work of the course room: statements to the bridge, and what may be forgotten. */
export function courseworkSteps(ground: Ground): Step[] {
  return [relayStep(ground), sweepStep(ground)]
}

/** A page keeps what it could not send for as long as its browser does; a month is longer than any of them was seen to. */
function sweepStep({ db, now }: Ground): Step {
  return {
    name: 'coursework-sweep',
    idleMs: 3_600_000,
    run: async () => {
      await forgetEvents(db, (now() - 30 * DAY) as Instant)
      return 0
    },
  }
}
