import { setTimeout as pause } from 'node:timers/promises'
import type { DemoStatement } from './emitters.ts'

/** Where statements go and with which credential. */
export interface Receiver {
  /** The xAPI endpoint as `source add` prints it; `statements` is put behind it. */
  endpoint: string
  key: string
  secret: string
  /** How long to go on without any answer before giving up. */
  patienceMs: number
}

/** The receiver refused what was sent, so sending it again would change nothing. */
export class PushRefused extends Error {
  readonly code = 'push-refused'
  readonly status: number

  constructor(status: number, body: string) {
    super(`the endpoint answered ${status}: ${body.slice(0, 500)}`)
    this.status = status
  }
}

/** The receiver gave no answer for longer than the sender's patience. */
export class PushUnanswered extends Error {
  readonly code = 'push-unanswered'
}

const REQUEST_MS = 20_000

/**
 * Sends one batch until it is acknowledged and returns the ids that it was stored under.
 *
 * After a lost connection, a timeout, 429 or 5xx the outcome is unknown, so the same bytes
 * go again: that is what the receiver promises to bear (xapi.md §4.4).
 */
export async function sendBatch(receiver: Receiver, statements: DemoStatement[]): Promise<string[]> {
  const body = JSON.stringify(statements)
  const until = Date.now() + receiver.patienceMs
  for (let attempt = 0; ; attempt += 1) {
    const answer = await post(receiver, body)
    if (answer && answer.status < 300) return answer.ids
    if (answer && answer.status < 500 && answer.status !== 429)
      throw new PushRefused(answer.status, answer.text)
    if (Date.now() > until) throw new PushUnanswered(`no answer for ${receiver.patienceMs} ms`)
    await pause(Math.max(answer?.retryAfterMs ?? 0, Math.min(1_000, 50 * 2 ** attempt)))
  }
}

interface Answer {
  status: number
  ids: string[]
  text: string
  retryAfterMs: number
}

// Null where nobody knows what became of the request.
async function post({ endpoint, key, secret }: Receiver, body: string): Promise<Answer | null> {
  try {
    const response = await fetch(statementsUrl(endpoint), {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`,
        'content-type': 'application/json',
        'x-experience-api-version': '1.0.3',
      },
      body,
      signal: AbortSignal.timeout(REQUEST_MS),
    })
    const text = await response.text()
    const retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1_000 || 0
    return {
      status: response.status,
      ids: response.ok ? (JSON.parse(text || '[]') as string[]) : [],
      text,
      retryAfterMs,
    }
  } catch {
    return null // refused, reset, timed out, or cut off in the middle of the answer
  }
}

function statementsUrl(endpoint: string): string {
  const base = endpoint.replace(/\/+$/, '')
  return base.endsWith('/statements') ? base : `${base}/statements`
}
