import { getEventListeners } from 'node:events'
import t from 'tap'
import { createLog } from '../../foundation/log.ts'
import { runSteps, type Step } from '../../foundation/work.ts'

const log = createLog('silent')

/** A step that finds nothing to do, and tells when it has looked. */
function idle(name: string, looked: () => void = () => undefined): Step {
  return {
    name,
    idleMs: 60_000,
    run: async () => {
      looked()
      return 0
    },
  }
}

t.test('many steps at rest make no warning of listeners, and stop at once', async (t) => {
  const warnings: string[] = []
  const note = (warning: Error) => warnings.push(warning.name)
  process.on('warning', note)
  t.teardown(() => process.off('warning', note))
  const stop = new AbortController()
  let looks = 0
  const steps = Array.from({ length: 25 }, (_, no) => idle(`step ${no}`, () => looks++))

  const running = runSteps(steps, log, stop.signal)
  while (looks < steps.length) await new Promise((resolve) => setImmediate(resolve))
  // Node warns in a later turn of the loop than the listener that is one too many.
  await new Promise((resolve) => setTimeout(resolve, 20))
  const listening = getEventListeners(stop.signal, 'abort').length
  stop.abort()
  await running

  t.strictSame(warnings, [])
  t.equal(listening, 1)
  t.equal(getEventListeners(stop.signal, 'abort').length, 0)
})

t.test('a step is told of the stop while it works, with the reason', async (t) => {
  const stop = new AbortController()
  const step: Step = {
    name: 'long',
    run: (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  }

  const running = runSteps([step, idle('other')], log, stop.signal)
  stop.abort(new Error('told to stop'))

  await t.resolves(running)
})

t.test('a stop that comes while a step looks is not slept through', async (t) => {
  const stop = new AbortController()
  const step: Step = {
    name: 'looking',
    idleMs: 60_000,
    run: async () => {
      stop.abort()
      return 0
    },
  }
  const before = performance.now()

  await runSteps([step, idle('beside')], log, stop.signal)

  t.ok(performance.now() - before < 30_000)
})

t.test('a signal that fired before runs no step', async (t) => {
  let looks = 0

  await runSteps([idle('step', () => looks++)], log, AbortSignal.abort())

  t.equal(looks, 0)
})

t.test('a step that fails does not stop the others, and is tried again', async (t) => {
  const stop = new AbortController()
  let failures = 0
  const failing: Step = {
    name: 'failing',
    run: async () => {
      failures += 1
      if (failures === 2) stop.abort()
      throw new Error('broken')
    },
  }
  let looks = 0

  await runSteps([failing, idle('sound', () => looks++)], log, stop.signal)

  t.strictSame([failures, looks], [2, 1])
})
