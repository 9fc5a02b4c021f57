import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { ClaimNow, Journey } from './chain.ts'
import { toolCredential } from './credential.ts'
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
    claim: line?.claimId ? await claimNow(ground, line.claimId) : null,
  }
}

/** What a person finished lately and whose hours are not in the book yet: for pages that renew themselves meanwhile. */
export async function journeysUnderWay(
  ground: Ground,
  person: { iss: string; sub: string },
  since: Instant,
): Promise<Journey[]> {
  const finished = await finishedSince(ground.db, person, since)
  const journeys = await Promise.all(finished.slice(0, 5).map((enrolment) => journeyOf(ground, enrolment)))
  return journeys.filter((journey): journey is Journey => journey !== null)
}

async function receiptLine(ground: Ground, receipt: string, statementId: Id): Promise<ReceiptLine | null> {
  const credential = await toolCredential(ground)
  if (!credential) return null
  const basic = Buffer.from(`${credential.key}:${credential.secret}`).toString('base64')
  const address = new URL(
    `/api/sources/${encodeURIComponent(credential.source)}/receipts/${encodeURIComponent(receipt)}`,
    credential.endpoint,
  )
  try {
    const answer = await fetch(address, {
      headers: { authorization: `Basic ${basic}` },
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

async function claimNow(_ground: Ground, _claimId: Id): Promise<ClaimNow | null> {
  return null
}
