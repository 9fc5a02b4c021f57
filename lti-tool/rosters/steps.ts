import type { Ground } from '../../foundation/ground.ts'
import { newId } from '../../foundation/ids.ts'
import type { Step } from '../../foundation/work.ts'
import { rosterFinder } from './find.ts'
import { type Reading, readDueRoster } from './read.ts'

/** The background work of rosters: which there are, and reading them by night or when somebody asks. */
export function rosterSteps(ground: Ground, how: Pick<Reading, 'deadlineMs'> = {}): Step[] {
  const on: Reading = { ground, owner: newId(), draw: Math.random, ...how }
  return [
    { name: 'roster-finding', idleMs: 30_000, run: rosterFinder(ground) },
    {
      name: 'roster-reading',
      idleMs: 2_000,
      run: async (signal) => ((await readDueRoster(on, signal)) ? 1 : 0),
    },
  ]
}
