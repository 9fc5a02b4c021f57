import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { insertRows } from '../../foundation/database/dialect.ts'
import { transact } from '../../foundation/database/transact.ts'
import { Conflict, InvalidInput, NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import { shownFaults } from '../errors.ts'
import { hideIdentityNumbers } from '../language/identity-guard.ts'
import { identifierOf } from '../language/statement.ts'
import { uuidBytes, uuidText } from '../language/uuid.ts'
import { type Source, sourceById } from '../sources/source.ts'
import { keepBytes } from '../statements/attachments.ts'
import { flag } from '../statements/flags.ts'
import { flush, type Written } from '../statements/flush.ts'
import type { Prepared } from '../statements/prepare.ts'
import { referenceKey } from '../statements/reference.ts'
import { operatorAuthority } from '../statements/serve.ts'
import { contentsOf } from './contents.ts'
import { type Draft, draftOf, type MendingPlan } from './draft.ts'
import { anyRejected } from './find.ts'
import { type InputState, inputStates, type RejectedInput } from './input.ts'
import { noteOutcomes } from './outcomes.ts'

/** Who replays or dismisses, and why. */
export interface SettleOrder {
  /** As the audit names them: `login:…`, `os:…`. */
  actor: string
  /** The account that replayed statements name as their authority. */
  operatorId: Id
  reason: string
}

/** What a replay did. A second one finds everything stored: `accepted` is 0 then. */
export interface Replayed {
  receipt: Id
  accepted: number
  duplicate: number
  /** Of the statements, in order, those left out excepted. */
  statementIds: Id[]
}

/** The rejected input and the source it came from. Throws NotFound (`rejected-unknown`). */
export async function rejectedWithSource(
  handle: Trx | Ground['db'],
  id: Id,
  locked = false,
): Promise<{ input: RejectedInput; source: Source }> {
  const input = await anyRejected(handle, id, locked)
  const source = input && (await sourceById(handle, input.sourceId))
  if (!input || !source)
    throw new NotFound('rejected-unknown', 'no rejected input has this id, or it was kept long enough')
  return { input, source }
}

/** What a plan would make of a rejected input; changes nothing. Throws as `draftOf`, and NotFound (`rejected-unknown`). */
export async function preview(
  ground: Ground,
  id: Id,
  plan: MendingPlan,
): Promise<Draft & { input: RejectedInput }> {
  const { input, source } = await rejectedWithSource(ground.db, id)
  const draft = await draftOf({ handle: ground.db, config: ground.config, source, input }, plan)
  return { ...draft, input }
}

/**
 * Stores the statements of a rejected input after a plan, all or none, with the operator as authority. Statements, their
 * provenance, the state of the input and the audit are one transaction, so there is no replayed statement of which nobody
 * knows whose it is. What came stays as it came.
 *
 * Idempotent: ids are those in the statements or follow from the input, so what is stored already is a duplicate. Throws
 * NotFound (`rejected-unknown`), InvalidInput (`not-mended`, with the faults that remain) and Conflict
 * (`rejected-settled`) for one that was dismissed.
 */
export async function replay(
  ground: Ground,
  id: Id,
  plan: MendingPlan,
  given: SettleOrder,
): Promise<Replayed> {
  const order = withoutNumbers(given)
  await keepAttachments(ground, id)
  return transact(
    ground.db,
    async (trx) => {
      const { input, source } = await rejectedWithSource(trx, id, true)
      if (input.state === 'dismissed')
        throw new Conflict('rejected-settled', 'this input was dismissed; nothing of it is replayed')
      const draft = await draftOf({ handle: trx, config: ground.config, source, input }, plan)
      if (!draft.isReady) throw notMended(draft)
      const ready = draft.statements.filter(({ isLeftOut }) => !isLeftOut)
      const statements = ready.map(({ checked }) =>
        underOperator(checked?.prepared as Prepared, ground, source.storeId, order.operatorId),
      )
      const written = await write(trx, ground, input, source, statements, order)
      if (written.accepted > 0) await keepProvenance(trx, ground, { input, source, draft, order, written })
      if (written.accepted > 0 || input.state === 'open') {
        await settle(trx, ground, input, 'mended', order)
        await noteOutcomes(trx, input, draft, ground.now())
        await recordAudit(trx, {
          actor: order.actor,
          action: 'rejected-replayed',
          subjectKind: 'rejected_input',
          subjectId: input.id,
          detail: {
            reason: order.reason,
            accepted: written.accepted,
            duplicate: written.duplicates,
            left_out: draft.statements.length - ready.length,
            changes: [...new Set(ready.flatMap(({ changes }) => changes))],
          },
          now: ground.now(),
        })
      }
      return {
        receipt: written.receipt,
        accepted: written.accepted,
        duplicate: written.duplicates,
        statementIds: statements.map((statement) => statement.id),
      }
    },
    { idempotent: true },
  )
}

/** Before the transaction, as for a push: bytes that nothing leads to are harmless. */
async function keepAttachments({ db, config }: Ground, id: Id): Promise<void> {
  const { input, source } = await rejectedWithSource(db, id)
  const { parts } = contentsOf(input, source, config)
  if (parts.size > 0) await keepBytes(db, source.storeId, parts)
}

function notMended(draft: Draft): InvalidInput {
  const faults = draft.statements.flatMap(({ faultsAfter }) => faultsAfter)
  const why =
    faults.length > 0
      ? 'faults remain; nothing was stored'
      : 'no statement is left to replay; dismiss the input instead'
  return new InvalidInput('not-mended', why, shownFaults(faults))
}

/** The authority of a replayed statement is whoever replayed it, and the statement is found by it as by any authority. */
function underOperator(statement: Prepared, { config }: Ground, storeId: Id, operatorId: Id): Prepared {
  const authority = identifierOf(operatorAuthority(config.xapiIriBase, operatorId)) as string
  return {
    ...statement,
    flags: statement.flags | flag.replayed,
    references: [...statement.references, referenceKey(storeId, 'agent', 'related', authority)],
  }
}

async function write(
  trx: Trx,
  ground: Ground,
  input: RejectedInput,
  source: Source,
  statements: Prepared[],
  order: SettleOrder,
): Promise<Extract<Written, { outcome: 'stored' }>> {
  const writing = {
    sourceId: source.id,
    storeId: source.storeId,
    // No credential sent these; whose act it was stands where the credential would.
    credentialId: order.operatorId,
    version: input.version,
    statements,
    quiet: false,
  }
  const { written } = await flush(trx, [writing], ground.now(), 'all')
  const [one] = written
  // The draft has compared every id inside this transaction; only a statement stored since then can be in the way.
  if (one?.outcome !== 'stored')
    throw new Conflict(
      'statement-conflict',
      'a statement with such an id was stored just now; preview it again',
    )
  return one
}

async function keepProvenance(
  trx: Trx,
  { now }: Ground,
  {
    input,
    source,
    draft,
    order,
    written,
  }: {
    input: RejectedInput
    source: Source
    draft: Draft
    order: SettleOrder
    written: { receipt: Id }
  },
): Promise<void> {
  const byId = new Map(draft.statements.map((one) => [one.checked?.prepared?.id, one]))
  const ids = [...byId.keys()].filter((id) => id !== undefined)
  const rows: { seq: unknown; statement_id: Buffer }[] = []
  for (let from = 0; from < ids.length; from += 500)
    rows.push(
      ...(await trx('statement')
        .select('seq', 'statement_id')
        .where({ store_id: idBytes(source.storeId), receipt_id: uuidBytes(written.receipt) })
        .whereIn('statement_id', ids.slice(from, from + 500).map(uuidBytes))),
    )
  const at = now()
  await insertRows(
    trx,
    'statement_replay',
    rows.map((row) => {
      const one = byId.get(uuidText(row.statement_id))
      return {
        seq: safeInteger(row.seq),
        store_id: idBytes(source.storeId),
        statement_id: row.statement_id,
        rejected_id: idBytes(input.id),
        position: one?.index ?? 0,
        operator: order.actor.slice(0, 200),
        operator_id: idBytes(order.operatorId),
        reason: order.reason.slice(0, 500),
        changes: (one?.changes ?? []).join(' ').slice(0, 500),
        replayed_at: at,
      }
    }),
  )
}

/** Sets a rejected input aside for good, with a reason. Throws NotFound (`rejected-unknown`), Conflict (`rejected-settled`). */
export async function dismiss(ground: Ground, id: Id, given: SettleOrder): Promise<void> {
  const order = withoutNumbers(given)
  await transact(ground.db, async (trx) => {
    const { input } = await rejectedWithSource(trx, id, true)
    if (input.state !== 'open') throw new Conflict('rejected-settled', `this input is ${input.state} already`)
    await settle(trx, ground, input, 'dismissed', order)
    await recordAudit(trx, {
      actor: order.actor,
      action: 'rejected-dismissed',
      subjectKind: 'rejected_input',
      subjectId: input.id,
      detail: { reason: order.reason },
      now: ground.now(),
    })
  })
}

/** A reason stands in journals, from which nothing is taken again: an identity number in it is starred out. */
function withoutNumbers(order: SettleOrder): SettleOrder {
  return { ...order, reason: hideIdentityNumbers(order.reason) }
}

async function settle(
  trx: Trx,
  { now }: Ground,
  { id }: RejectedInput,
  state: InputState,
  order: SettleOrder,
): Promise<void> {
  await trx('rejected_input')
    .where({ rejected_id: idBytes(id) })
    .update({
      state: inputStates.indexOf(state),
      settled_at: now(),
      settled_by: order.actor.slice(0, 200),
      settled_reason: order.reason.slice(0, 500),
    })
}
