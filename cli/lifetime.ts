import type { Logger } from '../foundation/log.ts'

/** How long a process may take to end in order before it is ended, in milliseconds. */
const graceMs = 25_000

/**
 * Keeps a process running until it is told to stop (SIGTERM, SIGINT), then ends it in order. A second signal, or a
 * stop that hangs, ends it at once; what was not committed then is simply not there.
 */
export async function untilStopped(
  log: Logger,
  stop: (signal: AbortController) => Promise<void>,
): Promise<void> {
  const controller = new AbortController()
  await new Promise<void>((resolve) => {
    const told = (name: NodeJS.Signals) => {
      if (controller.signal.aborted) process.exit(1)
      log.info({ signal: name }, 'told to stop')
      controller.abort()
      setTimeout(() => process.exit(1), graceMs).unref()
      resolve()
    }
    process.on('SIGTERM', told)
    process.on('SIGINT', told)
  })
  await stop(controller)
  log.info('stopped')
}
