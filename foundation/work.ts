import type { Logger } from './log.ts'

/** One kind of background work. `run` does a bounded piece and says how much that was; 0 means that nothing waits. */
export interface Step {
  name: string
  /** How long to rest after an idle round, in milliseconds. */
  idleMs?: number
  run(signal: AbortSignal): Promise<number>
}

/**
 * Runs steps side by side until the signal fires, each in its own loop. A step that fails is logged and tried
 * again after a growing rest, so that one broken kind of work never stops the others. Resolves when all have stopped.
 */
export async function runSteps(steps: Step[], log: Logger, signal: AbortSignal): Promise<void> {
  // A signal for each step: all of them on one are more listeners than Node takes for sound, and a step that forgets
  // its own would no longer be noticed.
  const stops = steps.map(() => new AbortController())
  const stopAll = () => {
    for (const stop of stops) stop.abort(signal.reason)
  }
  signal.addEventListener('abort', stopAll)
  if (signal.aborted) stopAll()
  try {
    await Promise.all(steps.map((step, at) => runStep(step, log, (stops[at] as AbortController).signal)))
  } finally {
    signal.removeEventListener('abort', stopAll)
  }
}

async function runStep(step: Step, log: Logger, signal: AbortSignal): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    let done = 0
    try {
      done = await step.run(signal)
      failures = 0
    } catch (error) {
      if (signal.aborted) return
      failures += 1
      log.error({ err: error, step: step.name, failures }, 'background step failed')
    }
    if (done > 0 && failures === 0) await breathe()
    else await rest(failures === 0 ? (step.idleMs ?? 300) : Math.min(30_000, 250 * 2 ** failures), signal)
  }
}

/** Lets requests of the same process in between two pieces of work. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  // A signal that fired during the work tells no listener that comes after it: the rest would be slept through.
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
