import { Counter } from 'prom-client'
import { registry } from '../../foundation/http/metrics.ts'

/** Launches and logins by what came of them: `accepted`, or the code of the refusal. */
export const launchesCounted = new Counter({
  name: 'xueshi_launches_total',
  help: 'Launches let in, and requests of the launch door refused, by outcome',
  labelNames: ['outcome'],
  registers: [registry],
})

/** Optional token claims that did not parse, and service addresses on foreign hosts: left out, and the launch went on. */
export const claimsDropped = new Counter({
  name: 'xueshi_launch_claims_dropped_total',
  help: 'Optional claims of launches that were left out, by claim',
  labelNames: ['claim'],
  registers: [registry],
})
