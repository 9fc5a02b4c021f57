import xapi from '@xapi/xapi'
import type { AdapterFunction } from '@xapi/xapi/dist/types/adapters/index.js'
import { takeLease } from '../../foundation/database/lease.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { Step } from '../../foundation/work.ts'
import { basicOf, type ToolCredential, toolCredential } from './credential.ts'
import { dueStatements, markRefused, markSent, postpone, type WaitingStatement } from './outbox.ts'

// The package is CommonJS: its class is the default of the default.
const XapiClient = xapi.default

/** The bridge takes at most so many of our statements in one request. */
export const batchSize = 50
const TIMEOUT_MS = 15_000
const LEASE_MS = 60_000
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000
const PAUSE_MS = 30_000

/** What one request brought back; `status` is null when nothing came back. */
interface Answer {
  status: number | null
  receipt: string | null
  retryAfterSeconds: number | null
  /** Faults by the index of their statement, where the bridge named it. */
  faults: { index: number; text: string }[]
  text: string
}

/**
 * Sends waiting statements to the bridge, as table 4.4 of xapi.md says: what is durable there is done; what it will never take is set
 * aside with an alarm; everything else is sent again, byte for byte the same. One process at a time does it, so order is kept.
 */
export function relayStep(ground: Ground): Step {
  const relay = new Relay(ground)
  return { name: 'statement-relay', idleMs: 200, run: (signal) => relay.run(signal) }
}

class Relay {
  private readonly ground: Ground
  private readonly owner: Id = newId()
  private failures = 0
  private notBefore = 0
  private warnedOfNoCredential = false

  constructor(ground: Ground) {
    this.ground = ground
  }

  async run(signal: AbortSignal): Promise<number> {
    const { db, now } = this.ground
    if (now() < this.notBefore) return 0
    const waiting = await dueStatements(db, now(), batchSize)
    if (waiting.length === 0) return 0
    const lease = { kind: 'statement-relay', shard: 0, owner: this.owner, now: now(), ttlMs: LEASE_MS }
    if ((await takeLease(db, lease)) === null) return 0
    const credential = await this.credential()
    if (!credential) return 0
    // Read again: until the lease was ours, another process may have sent them.
    return this.send(credential, await dueStatements(db, now(), batchSize), signal)
  }

  private async credential(): Promise<ToolCredential | null> {
    const credential = await toolCredential(this.ground)
    if (!credential && !this.warnedOfNoCredential) {
      this.warnedOfNoCredential = true
      this.ground.log.warn('statements wait: the tool has no credential of the bridge yet')
    }
    return credential
  }

  private async send(
    credential: ToolCredential,
    batch: WaitingStatement[],
    signal: AbortSignal,
  ): Promise<number> {
    if (batch.length === 0) return 0
    const answer = await post(credential, batch, signal)
    if (signal.aborted && answer.status === null) return 0
    switch (verdictOf(answer.status)) {
      case 'taken':
        return this.taken(batch, answer)
      case 'faulty':
        return this.faulty(credential, batch, answer, signal)
      case 'paused':
        return this.wait(batch, answer, PAUSE_MS, 'the bridge does not let the tool in: statements wait')
      case 'later':
        return this.wait(
          batch,
          answer,
          this.backOffMs(answer),
          'the bridge cannot be reached: statements wait',
        )
    }
  }

  private async taken(batch: WaitingStatement[], answer: Answer): Promise<number> {
    const { db, log, now } = this.ground
    this.failures = 0
    const ids = batch.map(({ statementId }) => statementId)
    await markSent(db, ids, { status: answer.status ?? 0, receipt: answer.receipt, now: now() })
    log.info({ statements: batch.length, receipt: answer.receipt }, 'statements delivered')
    return batch.length
  }

  /** The bridge refused the batch for what is in it: what it named is set aside, the rest goes again. */
  private async faulty(
    credential: ToolCredential,
    batch: WaitingStatement[],
    answer: Answer,
    signal: AbortSignal,
  ): Promise<number> {
    const named = new Map(answer.faults.map(({ index, text }) => [index, text]))
    const isWhole = batch.length === 1 && answer.status !== null
    const bad = batch.filter((_, index) => named.has(index) || isWhole)
    for (const statement of bad) {
      const fault = named.get(batch.indexOf(statement)) ?? answer.text
      await markRefused(this.ground.db, statement.statementId, { status: answer.status ?? 0, fault })
      this.ground.log.error(
        { statementId: statement.statementId, status: answer.status, fault },
        'the bridge refused a statement of our own',
      )
    }
    const rest = batch.filter((statement) => !bad.includes(statement))
    if (bad.length > 0) return bad.length + (await this.send(credential, rest, signal))
    // Nobody was named: halves find the culprit, and a batch that was too large becomes small enough.
    const middle = Math.ceil(batch.length / 2)
    const first = await this.send(credential, batch.slice(0, middle), signal)
    return first + (await this.send(credential, batch.slice(middle), signal))
  }

  private async wait(batch: WaitingStatement[], answer: Answer, ms: number, words: string): Promise<number> {
    const { db, log, now } = this.ground
    const dueAt = (now() + ms * 1000) as Instant
    this.notBefore = dueAt
    const facts = { status: answer.status, statements: batch.length, waitMs: ms, fault: answer.text }
    if (answer.status === 401 || answer.status === 403) log.error(facts, words)
    else log.warn(facts, words)
    const ids = batch.map(({ statementId }) => statementId)
    await postpone(db, ids, { status: answer.status, fault: answer.text, dueAt })
    return 0
  }

  /** Doubles from half a second to half a minute, with full jitter; never shorter than the bridge asks for. */
  private backOffMs({ retryAfterSeconds }: Answer): number {
    const span = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.failures)
    this.failures += 1
    const asked = Math.min(300, retryAfterSeconds ?? 0) * 1000
    return Math.ceil(asked + span / 4 + Math.random() * span * 0.75)
  }
}

function verdictOf(status: number | null): 'taken' | 'faulty' | 'paused' | 'later' {
  if (status === 200 || status === 204) return 'taken'
  if (status === 400 || status === 409 || status === 413) return 'faulty'
  if (status === null || status === 408 || status === 429 || status >= 500) return 'later'
  return 'paused'
}

async function post(
  credential: ToolCredential,
  batch: WaitingStatement[],
  signal: AbortSignal,
): Promise<Answer> {
  const client = new XapiClient({
    endpoint: credential.endpoint,
    auth: basicOf(credential),
    version: '1.0.3',
    adapter: adapterUntil(AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])),
  })
  const statements = batch.map(({ content }) => JSON.parse(content.toString('utf8')))
  try {
    const { status, headers, data } = await client.sendStatements({ statements })
    return {
      status,
      receipt: headers['x-xueshi-receipt'] ?? null,
      retryAfterSeconds: Number(headers['retry-after']) || null,
      ...faultsOf(data),
    }
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return { status: null, receipt: null, retryAfterSeconds: null, faults: [], text }
  }
}

/** The client's own adapters can neither be ended nor tell an answer from a failure. */
function adapterUntil(signal: AbortSignal): AdapterFunction {
  return async ({ url, method, headers, data }) => {
    const response = await fetch(url, {
      method,
      headers: headers ?? {},
      body: data === undefined ? null : JSON.stringify(data),
      signal,
      redirect: 'error',
    })
    const answered: Record<string, string> = {}
    response.headers.forEach((value, name) => {
      answered[name] = value
    })
    return { status: response.status, headers: answered, data: jsonOr(await response.text()) }
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the client types its answers by hope; what comes is looked at in faultsOf.
function jsonOr(text: string): any {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function faultsOf(data: unknown): Pick<Answer, 'faults' | 'text'> {
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    return { faults: [], text: typeof data === 'string' ? data.slice(0, 200) : '' }
  const { code, detail, errors } = data as { code?: unknown; detail?: unknown; errors?: unknown }
  const list = Array.isArray(errors) ? errors : []
  return {
    faults: list.flatMap((each) =>
      Number.isInteger(each?.index)
        ? [
            {
              index: each.index as number,
              text: [each.code, each.pointer, each.detail].filter(Boolean).join(' '),
            },
          ]
        : [],
    ),
    text: [code, detail].filter((part) => typeof part === 'string').join(' '),
  }
}
