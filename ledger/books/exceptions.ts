import { idBytes, idText, idTextOrNull, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { offeringsById } from '../catalogue/offering.ts'
import { teacherFactsOf } from '../roster/facts.ts'
import { contentOf } from './account-state.ts'
import { type ExceptionKind, exceptionKinds } from './words.ts'

/** An open work item of the ledger, with what a person needs to see whom and what it is about. */
export interface OpenException {
  exceptionId: Id
  kind: ExceptionKind
  /** What it is about; the same as `claimId` where that is a claim. */
  subjectId: Id
  claimId: Id | null
  teacherNo: string | null
  offeringCode: string | null
  sourceName: string | null
  /** Where the source's words are kept, such as `statement:<uuid>`. */
  rawRef: string | null
  /** The path of the policy or what else evaluation said, such as what a late claim would be worth. */
  detail: string | null
  openedAt: Instant
}

/** Open work items, oldest first, a page at a time: `after` is the last id of the page before. Empty when there are none. */
export async function exceptionsOf(
  handle: Handle,
  page: { after?: Id | null; size?: number; kind?: ExceptionKind; accountIds?: readonly Id[] } = {},
): Promise<OpenException[]> {
  const query = handle('exception')
    .select('exception_id', 'kind', 'subject_id', 'account_id', 'detail', 'opened_at')
    .where('open_flag', 1)
    .orderBy('exception_id')
    .limit(page.size ?? 500)
  if (page.after) query.where('exception_id', '>', idBytes(page.after))
  if (page.kind) query.where('kind', exceptionKinds.code(page.kind))
  if (page.accountIds) query.whereIn('account_id', page.accountIds.map(idBytes))
  const rows = await query

  const accountIds = [...new Set(rows.flatMap(({ account_id }) => idTextOrNull(account_id) ?? []))]
  const teachers = await teacherFactsOf(handle, accountIds)
  const claims = await claimContents(
    handle,
    rows.map(({ subject_id }) => subject_id),
  )
  const offeringIds = [...claims.values()].flatMap(({ offeringId }) => offeringId ?? [])
  const offerings = await offeringsById(handle, [...new Set(offeringIds)])
  return rows.map((row) => {
    const subjectId = idText(row.subject_id)
    const claim = claims.get(subjectId)
    return {
      exceptionId: idText(row.exception_id),
      kind: exceptionKinds.word(row.kind),
      subjectId,
      claimId: claim ? subjectId : null,
      teacherNo: teachers.get(idTextOrNull(row.account_id) ?? '')?.teacherNo ?? null,
      offeringCode: offerings.get(claim?.offeringId ?? '')?.code ?? null,
      sourceName: claim?.source.name ?? null,
      rawRef: claim?.rawRef ?? null,
      detail: row.detail,
      openedAt: asInstant(safeInteger(row.opened_at)),
    }
  })
}

async function claimContents(handle: Handle, ids: readonly Buffer[]) {
  const contents = new Map<Id, ReturnType<typeof contentOf>>()
  for (let from = 0; from < ids.length; from += 500) {
    const rows = await handle('claim')
      .select('claim_id', 'content')
      .whereIn('claim_id', ids.slice(from, from + 500))
    for (const row of rows) contents.set(idText(row.claim_id), contentOf(row.content))
  }
  return contents
}
