import { type DestinationStream, type Logger as Pino, pino } from 'pino'

/** Where events are told. Fields hold identifiers, never people. */
export type Logger = Pino

/**
 * The log of one process: JSON lines on standard error, so that a command's answer on standard output stays clean.
 * Anything that could carry a secret or a person is cut, whoever logs it.
 */
export function createLog(
  level: string,
  to: DestinationStream = pino.destination({ fd: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      redact: {
        paths: [
          'authorization',
          'cookie',
          'id_token',
          'password',
          'secret',
          'headers.authorization',
          'headers.cookie',
          'req.headers.authorization',
          'req.headers.cookie',
          'res.headers["set-cookie"]',
        ],
        censor: '[cut]',
      },
      serializers: {
        // A query string may hold a token or an identifier of a person; the path says enough.
        req: (request: { method?: string; url?: string; id?: string }) => ({
          method: request.method,
          path: request.url?.split('?')[0],
          id: request.id,
        }),
        err: (error: unknown) => (error instanceof Error ? told(error) : { type: typeof error }),
      },
    },
    to,
  )
}

function told(error: Error & { code?: unknown; errno?: unknown }) {
  return {
    type: error.name,
    code: error.code,
    errno: error.errno,
    message: withoutValues(error),
    stack: placesOf(error),
  }
}

/** A stack begins with the message, which may have many lines and values in each; only the places are told. */
function placesOf({ stack = '' }: Error): string {
  return stack
    .split('\n')
    .filter((line) => /^ {4}at .*(:\d+:\d+\)?|\(<anonymous>\)|\bnative\))$/.test(line))
    .slice(0, 11)
    .join('\n')
}

/** A database driver quotes the statement with its values in the message; those may be people. */
function withoutValues(error: Error & { sql?: unknown; sqlMessage?: unknown }): string {
  if ('sql' in error || 'sqlMessage' in error || error.message.includes(' - ')) return 'database error'
  return error.message
}
