import { Gauge } from 'prom-client'
import type { Ground } from '../../foundation/ground.ts'
import { registry } from '../../foundation/http/metrics.ts'
import { type PlatformScores, platformScores } from './list.ts'

/** Of whom `/metrics` of this process speaks: the door that was opened last. */
let current: Ground | null = null
let look: { at: number; found: Promise<PlatformScores[]> } | null = null

/** One look at the database serves all figures of one answer. */
function looked(): Promise<PlatformScores[]> {
  const ground = current
  if (!ground) return Promise.resolve([])
  if (!look || Date.now() - look.at > 1000) look = { at: Date.now(), found: lookAt(ground) }
  return look.found
}

async function lookAt({ db, log }: Ground): Promise<PlatformScores[]> {
  try {
    return await platformScores(db)
  } catch (error) {
    // Other figures are still worth having while the database is away.
    log.warn({ err: error }, 'figures of scores not read')
    return []
  }
}

function gauge(name: string, help: string, read: (one: PlatformScores, now: number) => number): void {
  new Gauge({
    name: `xueshi_scores_${name}`,
    help: `${help}, by platform`,
    labelNames: ['platform'],
    registers: [registry],
    async collect() {
      const found = await looked()
      const now = current?.now() ?? 0
      this.reset()
      for (const one of found) this.set({ platform: one.registrationId }, read(one, now))
    },
  })
}

gauge('waiting', 'Scores that wait to be sent', ({ waiting }) => waiting)
gauge('rejected', 'Scores that were given up', ({ rejected }) => rejected)
gauge('lag_seconds', 'How long the oldest of what waits has waited', ({ waitingSince }, now) =>
  waitingSince === null ? 0 : Math.max(0, (now - waitingSince) / 1_000_000),
)
gauge('paused', '1 while they wait for a person', ({ pausedCode }) => (pausedCode === null ? 0 : 1))
gauge('alarm', '1 while somebody should look', ({ alarmCode }) => (alarmCode === null ? 0 : 1))

/** Lets `/metrics` of this process speak of these scores, until the function it returns is called. */
export function scoreGaugesOf(ground: Ground): () => void {
  current = ground
  look = null
  return () => {
    if (current === ground) current = null
  }
}
