import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { claimStatusOf } from '../../ledger/books/claim-states.ts'
import type { Journey } from './chain.ts'
import { basicOf, toolCredential } from './credential.ts'
import { type Enrolment, finishedSince } from './enrolment.ts'
import { outboxStateOf } from './outbox.ts'

/** What the bridge says of one statement under a receipt. */
interface ReceiptLine {
  status: string
  code: string | null
  claimId: Id | null
}

// The page is polled, so a bridge that does not answer must not hold it.
const TIMEOUT_MS = 2000

/** Where the hours of a finished course are; null while it is not finished. Asks the bridge as any source does: over HTTP. */
export async function journeyOf(ground: Ground, enrolment: Enrolment): Promise<Journey | null> {
  const { finishedAt, completedStatementId: statementId } = enrolment
  if (finishedAt === null || statementId === null) return null
  const outbox = await outboxStateOf(ground.db, statementId)
  const line = outbox?.receipt ? await receiptLine(ground, outbox.receipt, statementId) : null
  return {
    statementId,
    finishedAt,
    delivery: outbox?.state ?? 'waiting',
    attempts: outbox?.attempts ?? 0,
    conversion: line && { status: line.status, code: line.code },
    claim:
      (await claimStatusOf(ground.db, line?.claimId ? [line.claimId] : [])).get(line?.claimId ?? '') ?? null,
  }
}

/** A finished course whose hours may still be on their way. */
export interface Travelling {
  enrolment: Enrolment
  journey: Journey
}

/** What a person finished since an instant, newest first, at most five, each with where its hours are. */
export async function travellingSince(
  ground: Ground,
  person: { iss: string; sub: string },
  since: Instant,
): Promise<Travelling[]> {
  const finished = await finishedSince(ground.db, person, since)
  const all = await Promise.all(
    finished
      .slice(0, 5)
      .map(async (enrolment) => ({ enrolment, journey: await journeyOf(ground, enrolment) })),
  )
  return all.filter((one): one is Travelling => one.journey !== null)
}

async function receiptLine(ground: Ground, receipt: string, statementId: Id): Promise<ReceiptLine | null> {
  const credential = await toolCredential(ground)
  if (!credential) return null
  const address = new URL(
    `/api/sources/${encodeURIComponent(credential.source)}/receipts/${encodeURIComponent(receipt)}`,
    credential.endpoint,
  )
  try {
    const answer = await fetch(address, {
      headers: { authorization: basicOf(credential) },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'error',
    })
    if (!answer.ok) return null
    return lineOf(await answer.json(), statementId)
  } catch (error) {
    // The page then says what it knows: delivered, being processed.
    ground.log.info({ err: error, receipt }, 'the bridge gave no receipt')
    return null
  }
}

function lineOf(receipt: unknown, statementId: Id): ReceiptLine | null {
  const lines = (receipt as { statements?: Record<string, unknown>[] }).statements ?? []
  const line = lines.find((each) => each.statement_id === statementId)
  if (!line) return null
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  return {
    status: text(line.status) ?? 'accepted',
    code: text(line.code) ?? text(line.reason),
    claimId: text(line.claim_id),
  }
}
