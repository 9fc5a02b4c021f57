import { probe, requireFit } from '../foundation/database/probe.ts'
import type { Ground } from '../foundation/ground.ts'
import { workDone } from '../foundation/http/metrics.ts'
import { runSteps, type Step } from '../foundation/work.ts'
import { bookSteps } from '../ledger/books/steps.ts'
import { courseworkSteps } from '../lti-tool/coursework/steps.ts'
import { launchSteps } from '../lti-tool/launch/steps.ts'
import { rosterSteps } from '../lti-tool/rosters/steps.ts'
import { scoreSteps } from '../lti-tool/scores/steps.ts'
import { migrations } from '../migrations/index.ts'
import { deadLetterSteps } from '../xapi-bridge/dead-letter/steps.ts'
import { forwardingSteps } from '../xapi-bridge/forwarding/steps.ts'
import { sourceSteps } from '../xapi-bridge/sources/watch.ts'
import { conversionSteps } from '../xapi-bridge/steps.ts'

/** Background work that runs. */
export interface Working {
  /** Finishes the pieces under way and stops. */
  close(): Promise<void>
}

/** All background work of an installation, in the order in which an hour passes through it. */
export function allSteps(ground: Ground): Step[] {
  return [
    ...launchSteps(ground),
    ...courseworkSteps(ground),
    ...conversionSteps(ground),
    ...sourceSteps(ground),
    ...deadLetterSteps(ground),
    ...bookSteps(ground),
    ...forwardingSteps(ground),
    ...scoreSteps(ground),
    ...rosterSteps(ground),
  ]
}

/** Starts all background work, after the database was found fit. Throws DatabaseUnfit. */
export async function work(ground: Ground): Promise<Working> {
  requireFit(await probe(ground.db, migrations, { url: ground.config.databaseUrl }))
  const controller = new AbortController()
  const running = runSteps(allSteps(ground).map(counted), ground.log, controller.signal)
  ground.log.info('work begun')
  return {
    close: async () => {
      controller.abort()
      await running
    },
  }
}

function counted(step: Step): Step {
  return {
    ...step,
    run: async (signal) => {
      const done = await step.run(signal)
      if (done > 0) workDone.inc({ step: step.name }, done)
      return done
    },
  }
}
