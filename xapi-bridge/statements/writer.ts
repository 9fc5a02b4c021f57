import { setTimeout as sleep } from 'node:timers/promises'
import { isDuplicateKey, isRetryable } from '../../foundation/database/dialect.ts'
import { type Lines, openLines } from '../../foundation/database/lines.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Instant } from '../../foundation/time.ts'
import { NotStored } from '../errors.ts'
import { advanceWatermark, type Flushed, flush, type Search, type Sequence, type Written } from './flush.ts'
import { arePlain, flushAfter, flushAsking, isMisplaced, planAfter } from './plain-flush.ts'
import type { Writing } from './writing.ts'

/** How much one flush takes, and how much may wait for the next ones. */
const flushLimit = { statements: 400, bytes: 6 * 1024 * 1024 }
const queueLimit = 64 * 1024 * 1024
const attempts = 10

/**
 * While the database writes one flush, the next of at least so many statements is sent already and waits there for the
 * sequence, so that the database never waits for this process. Smaller ones gather instead: they cost more each.
 */
const overlapFrom = 100
const mostUnderWay = 2

/** `stored` grows by a millisecond a flush. Should flushes be faster than that for long, they wait for the clock. */
const longestLead = 50_000
/** Repeats come in swarms: for so many flushes after one, ids are looked up before writing instead of after a failure. */
const lookAheadFor = 100
/** Where another process writes too, it moves the sequence: for so many flushes it is asked instead of expected. */
const askFor = 100
/** How old a watermark may get before somebody who looks at it moves it. */
const freshFor = 500_000

/** Writes requests in the order they come, many in one transaction. One for each process. */
export interface Writer {
  /**
   * Resolves when the request's statements are durable, or when they are refused for conflict. Throws NotStored when the
   * queue is full or every attempt failed: nothing of the request was stored then.
   */
  write(writing: Writing, onFull: 'refuse' | 'wait'): Promise<Written>
  /** An instant up to which everything stored is visible by now. Less than a second old. */
  watermark(): Promise<Instant>
  /** Waits until everything in the queue is written. */
  close(): Promise<void>
}

interface Waiting {
  writing: Writing
  bytes: number
  done(written: Written): void
  failed(error: unknown): void
}

/** Makes the process's writer. */
export function createWriter({ db, config, now, log }: Ground): Writer {
  const lines = openLines(config.databaseUrl)
  const queue: Waiting[] = []
  const held: (() => void)[] = []
  let queuedBytes = 0
  let queuedStatements = 0
  let underWay = 0
  const whenIdle: (() => void)[] = []
  let lookAhead = 0
  /** Where the sequence stands, as far as this process knows; null when it must be asked. */
  let expected: Sequence | null = null
  let asking = 0
  let known = 0 as Instant
  let advancing: Promise<Instant> | null = null

  function enqueue(writing: Writing): Promise<Written> {
    return new Promise((done, failed) => {
      const bytes = writing.statements.reduce((sum, { text }) => sum + text.length, 0)
      queue.push({ writing, bytes, done, failed })
      queuedBytes += bytes
      queuedStatements += writing.statements.length
      startNext()
    })
  }

  /** The first flushes at once; the others gather while it is under way. One a call: two sent together could overtake. */
  function startNext(): void {
    if (queue.length === 0 || underWay >= mostUnderWay) return
    if (underWay > 0 && !(isExpectable() && queuedStatements >= overlapFrom)) return
    underWay++
    void flushNext().finally(() => {
      underWay--
      for (const resume of held.splice(0)) resume()
      startNext()
      if (underWay === 0) for (const tell of whenIdle.splice(0)) tell()
    })
  }

  async function flushNext(): Promise<void> {
    // Once only: where another bridge's clock is ahead for good, nobody can wait for ours.
    if (underWay === 1 && known - now() > longestLead) await sleep(5)
    const taken = take()
    if (taken.length > 0) await flushAll(taken)
  }

  /** Whether the next flush may be written behind what is known of the sequence, without asking. */
  function isExpectable(): boolean {
    return lookAhead === 0 && asking === 0 && expected?.targets === 0
  }

  function take(): Waiting[] {
    let statements = 0
    let bytes = 0
    let count = 0
    for (const waiting of queue) {
      statements += waiting.writing.statements.length
      bytes += waiting.bytes
      if (count > 0 && (statements > flushLimit.statements || bytes > flushLimit.bytes)) break
      count++
    }
    const taken = queue.splice(0, count)
    for (const waiting of taken) {
      queuedBytes -= waiting.bytes
      queuedStatements -= waiting.writing.statements.length
    }
    return taken
  }

  /** Writes them together; if they fail together, by halves, until the culprit fails alone. */
  async function flushAll(taken: Waiting[]): Promise<void> {
    try {
      const written = await flushOnce(taken.map(({ writing }) => writing))
      taken.forEach(({ done }, n) => {
        done(written[n] as Written)
      })
    } catch (error) {
      if (isRetryable(error)) {
        log.error({ err: error, requests: taken.length }, 'statements not stored')
        for (const { failed } of taken) failed(new NotStored(error))
      } else if (taken.length === 1) {
        taken[0]?.failed(error)
      } else {
        const middle = taken.length >> 1
        await flushAll(taken.slice(0, middle))
        await flushAll(taken.slice(middle))
      }
    }
  }

  async function flushOnce(writings: Writing[]): Promise<Written[]> {
    const { written, after } = await flushFastest(writings)
    const hasRepeats = written.some((one) => one.outcome === 'conflict' || one.duplicates > 0)
    lookAhead = hasRepeats ? lookAheadFor : Math.max(0, lookAhead - 1)
    asking = Math.max(0, asking - 1)
    // With another under way, only that one knows where the sequence will stand.
    if (underWay === 1) expected = after
    if (after.lastStored > known) known = after.lastStored
    return written
  }

  /** By one text or two where that will do; else, and whenever that failed, by the whole flush, which copes with all. */
  async function flushFastest(writings: Writing[]): Promise<Flushed> {
    const first: Search = lookAhead > 0 ? 'sent' : 'none'
    if (!lines || !arePlain(writings)) return flushWhole(writings, first)
    try {
      const flushed = await flushPlain(lines, writings, first)
      return flushed ?? (await flushWhole(writings, 'sent'))
    } catch (error) {
      // A COMMIT may have been lost; the ids tell what got in.
      return flushWhole(writings, isDuplicateKey(error, 'statement_store_id') ? 'sent' : 'all')
    }
  }

  async function flushPlain(
    lines: Lines,
    writings: Writing[],
    search: 'none' | 'sent',
  ): Promise<Flushed | null> {
    const plan = expected && isExpectable() ? planAfter(writings, expected, now()) : null
    if (plan) {
      const from = expected as Sequence
      const overlaps = underWay > 1
      expected = plan.after
      try {
        return await flushAfter(lines, plan, from)
      } catch (error) {
        expected = null
        if (!isMisplaced(error)) throw error
        if (!overlaps) asking = askFor
      }
    }
    expected = null
    return flushAsking(lines, writings, now(), search)
  }

  async function flushWhole(writings: Writing[], first: Search): Promise<Flushed> {
    expected = null
    let tries = 0
    // After a lost COMMIT the same ids tell what got in, so the flush may run again.
    const attempt = (search: Search) =>
      transact(db, (trx) => flush(trx, writings, now(), tries++ > 0 ? 'all' : search), {
        attempts,
        idempotent: true,
      })
    return attempt(first).catch((error: unknown) => {
      if (!isDuplicateKey(error, 'statement_store_id') || first !== 'none') throw error
      return attempt('sent')
    })
  }

  return {
    async write(writing, onFull) {
      while (queuedBytes > queueLimit) {
        if (onFull === 'refuse') throw new NotStored()
        await new Promise<void>((resume) => held.push(resume))
      }
      return enqueue(writing)
    },
    async watermark() {
      if (known >= now() - freshFor) return known
      advancing ??= transact(db, (trx) => advanceWatermark(trx, now()), {
        attempts: 3,
        idempotent: true,
      }).finally(() => {
        advancing = null
      })
      const advanced = await advancing
      if (advanced > known) {
        known = advanced
        expected = null
      }
      return known
    },
    async close() {
      if (underWay > 0 || queue.length > 0) await new Promise<void>((idle) => whenIdle.push(idle))
      lines?.close()
    },
  }
}
