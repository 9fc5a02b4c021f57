import { type ErrorKind, ExpectedError, type Fault } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'

/** The bridge did not answer, or not as it should. The other pages go on without it. */
export class BridgeUnreachable extends ExpectedError {
  readonly kind = 'unavailable'
  readonly code = 'bridge-unreachable'
  override message = 'the receiving end cannot be reached; try again in a while'
}

/** The bridge refused what a person wanted, with its own code and words. */
export class BridgeRefused extends ExpectedError {
  readonly kind: ErrorKind
  readonly code: string
  /** Each place that was wrong; never a value that was sent. */
  override readonly errors: Fault[] | undefined

  constructor({ status = 409, code, title, errors }: BridgeProblem & { code: string }) {
    super(title ?? code)
    this.code = code
    this.kind = kindByStatus[status] ?? 'conflict'
    this.errors = errors
  }
}

interface BridgeProblem {
  status?: number
  code?: string
  title?: string
  errors?: Fault[]
}

const kindByStatus: Record<number, ErrorKind> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'missing',
  413: 'too_large',
  429: 'limited',
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
  /** Of what waits for a mapping: the activity as it was sent. */
  activity_id: string | null
  /** Offerings that an unmapped activity may be, with how they are alike. */
  suggestions: { offering: string; title: string; reason: string; like: string | null }[]
  /** Teachers whom an identifier without a link may mean. */
  candidates: { teacher_no: string; reason: string }[]
}

/** A page of waiting completions. */
export interface QueueShown {
  items: WaitingShown[]
  total: number
  counts: Record<string, number>
  settled: boolean
}

/** How long a page waits for the bridge unless it says otherwise, in milliseconds. */
const usualPatienceMs = 5_000

/** How the desk asks for a change. */
export interface Change {
  method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  body?: object
  /** How long to wait, in milliseconds; the usual time unless told. */
  patienceMs?: number
}

/** The bridge as pages of the desk see it: over HTTP, with a token of whoever signed in. */
export interface Bridge {
  /** Reads what stands under a path of `/api`. */
  get<T>(path: string): Promise<T>
  /** Asks for a change, or for something that takes a body to ask for. */
  send<T>(path: string, change?: Change): Promise<T>
  queue(ask: { reason?: string | undefined; after?: number; size?: number }): Promise<QueueShown>
  decide(path: 'release' | 'dismiss' | 'voids', body: object): Promise<number>
}

/** Speaks to the bridge's `/api` with a token that `token` makes for one request. */
export function bridgeFor({ config }: Pick<Ground, 'config'>, token: () => string): Bridge {
  const base = config.bridgeUrl.replace(/\/xapi$/, '')

  async function ask<T>(path: string, init: RequestInit = {}, patienceMs = usualPatienceMs): Promise<T> {
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
    const problem = said as BridgeProblem | null
    if (answer.status < 500 && problem?.code) throw new BridgeRefused({ ...problem, code: problem.code })
    throw new BridgeUnreachable()
  }

  function send<T>(path: string, { method = 'POST', body, patienceMs }: Change = {}): Promise<T> {
    if (!body) return ask<T>(path, { method }, patienceMs)
    const headers = { 'content-type': 'application/json' }
    return ask<T>(path, { method, headers, body: JSON.stringify(body) }, patienceMs)
  }

  return {
    get: (path) => ask(path),
    send,
    queue: ({ reason, after = 0, size = 50 }) =>
      ask<QueueShown>(
        `/api/queue?${new URLSearchParams({ after: String(after), size: String(size), ...(reason ? { reason } : {}) })}`,
      ),
    decide: async (path, body) => (await send<{ done: number }>(`/api/queue/${path}`, { body })).done,
  }
}
