import { Gauge } from 'prom-client'
import type { Ground } from '../../foundation/ground.ts'
import { registry } from '../../foundation/http/metrics.ts'
import type { Id } from '../../foundation/ids.ts'
import { destinations } from './destination.ts'
import { figuresOf } from './log.ts'

/** Of whom `/metrics` of this process speaks: the door that was opened last. */
let current: Ground | null = null

interface Looked {
  id: Id
  pending: number
  dead: number
  lag: number
  paused: number
}

let look: { at: number; found: Promise<Looked[]> } | null = null

/** One look at the database serves all figures of one answer. */
function looked(): Promise<Looked[]> {
  const ground = current
  if (!ground) return Promise.resolve([])
  if (!look || Date.now() - look.at > 1000) look = { at: Date.now(), found: lookAt(ground) }
  return look.found
}

async function lookAt({ db, now, log }: Ground): Promise<Looked[]> {
  try {
    const all = await destinations(db)
    const figures = await figuresOf(db, all)
    return all.map(({ id, state }) => {
      const own = figures.get(id)
      const since = own?.waitingSince ?? null
      return {
        id,
        pending: (own?.pending ?? 0) + (own?.behind ?? 0),
        dead: own?.dead ?? 0,
        lag: since === null ? 0 : Math.max(0, (now() - since) / 1_000_000),
        paused: state === 'paused' ? 1 : 0,
      }
    })
  } catch (error) {
    // Other figures are still worth having while the database is away.
    log.warn({ err: error }, 'figures of forwarding not read')
    return []
  }
}

function gauge(name: string, help: string, read: (one: Looked) => number): void {
  new Gauge({
    name: `xueshi_forwarding_${name}`,
    help: `${help}, by destination`,
    labelNames: ['destination'],
    registers: [registry],
    async collect() {
      const found = await looked()
      this.reset()
      for (const one of found) this.set({ destination: one.id }, read(one))
    },
  })
}

gauge('pending', 'Statements and events that wait', ({ pending }) => pending)
gauge('dead', 'Deliveries that were given up', ({ dead }) => dead)
gauge('lag_seconds', 'How long the oldest of what waits has waited', ({ lag }) => lag)
gauge('paused', '1 while it waits for a person', ({ paused }) => paused)

/** Lets `/metrics` of this process speak of these destinations, until the function it returns is called. */
export function gaugesOf(ground: Ground): () => void {
  current = ground
  look = null
  return () => {
    if (current === ground) current = null
  }
}
