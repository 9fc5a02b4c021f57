import { ExpectedError } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'

/** The bridge did not answer, or not as it should. The other pages go on without it. */
export class BridgeUnreachable extends ExpectedError {
  readonly kind = 'unavailable'
  readonly code = 'bridge-unreachable'
  override message = 'the receiving end cannot be reached; try again in a while'
}

/** The bridge refused what a person wanted, with its own code and words. */
export class BridgeRefused extends ExpectedError {
  readonly kind = 'conflict'
  readonly code: string

  constructor(code: string, detail: string) {
    super(detail)
    this.code = code
  }
}

/** What the bridge says of a source. */
export interface SourceShown {
  source_id: string
  name: string
  preset: string
  state: string
  accepted: number
  duplicate: number
  refused: number
  conflict: number
  last_push_at: string | null
}

/** What the bridge says of a completion that waits. */
export interface WaitingShown {
  item_id: string
  reason: string
  source: string
  statement_id: string
  seq: number
  teacher_hint: string
  offering_hint: string
  detail: string | null
  is_claim: boolean
  since: string
}

/** A page of waiting completions. */
export interface QueueShown {
  items: WaitingShown[]
  total: number
  counts: Record<string, number>
  settled: boolean
}

/** How long a page waits for the bridge, in milliseconds. */
const patienceMs = 5_000

/** The bridge as pages of the desk see it: over HTTP, with a token of whoever signed in. */
export interface Bridge {
  sources(): Promise<SourceShown[]>
  queue(ask: { reason?: string | undefined; after?: number; size?: number }): Promise<QueueShown>
  decide(path: 'release' | 'dismiss' | 'voids', body: object): Promise<number>
}

/** Speaks to the bridge's `/api` with a token that `token` makes for one request. */
export function bridgeFor({ config }: Pick<Ground, 'config'>, token: () => string): Bridge {
  const base = config.bridgeUrl.replace(/\/xapi$/, '')

  async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
    let answer: Response
    try {
      answer = await fetch(`${base}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${token()}`, ...init.headers },
        redirect: 'error',
        signal: AbortSignal.timeout(patienceMs),
      })
    } catch {
      throw new BridgeUnreachable()
    }
    const said: unknown = await answer.json().catch(() => null)
    if (answer.ok && said !== null) return said as T
    const problem = said as { code?: string; title?: string } | null
    if (answer.status < 500 && problem?.code)
      throw new BridgeRefused(problem.code, problem.title ?? problem.code)
    throw new BridgeUnreachable()
  }

  return {
    sources: async () => (await ask<{ sources: SourceShown[] }>('/api/sources')).sources,
    queue: ({ reason, after = 0, size = 50 }) =>
      ask<QueueShown>(
        `/api/queue?${new URLSearchParams({ after: String(after), size: String(size), ...(reason ? { reason } : {}) })}`,
      ),
    decide: async (path, body) => {
      const init = {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }
      return (await ask<{ done: number }>(`/api/queue/${path}`, init)).done
    },
  }
}
