import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { insertRows, isDuplicateKey, type Row } from '../../foundation/database/dialect.ts'
import { derivedId, type Id, newId } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { documentBytes } from './canonical.ts'
import {
  type ActFact,
  type ClaimFact,
  type EvaluateFact,
  type Fact,
  factKinds,
  inboxStates,
} from './claim.ts'
import { groupBy } from './group.ts'
import { refuseInvalid } from './invalid-fact.ts'

/** The source under which people of the district file their own claims and decisions. */
export const deskSourceId: Id = derivedId('5d6b0f9e-8c0e-5a53-9d7c-3a3d7e1f4c10', 'desk')

/** The source under which the ledger itself asks for evaluation. */
export const ledgerSourceId: Id = derivedId('5d6b0f9e-8c0e-5a53-9d7c-3a3d7e1f4c10', 'ledger')

/** How many shards the inbox has; workers lease shards, so they are disjoint by account. */
export const shards = 64

/** The account of a teacher: it has the teacher's own id. */
export function accountOf(teacherId: Id): Id {
  return teacherId
}

/** The shard of an account, or of a claim whose account is not known yet. */
export function shardOf(id: Id): number {
  return Number.parseInt(id.slice(-2), 16) % shards
}

/**
 * What became of one fact: taken, there already with the same content, or there already with other content
 * (ledger.md R8). `inboxId` is the row that holds the key; null for an evaluation that names nobody.
 */
export interface Submitted {
  inputKey: string
  outcome: 'accepted' | 'known' | 'conflict'
  inboxId: Id | null
}

/**
 * Hands facts to the ledger, inside the caller's transaction: what the caller marks as handed over and the facts are
 * kept together or not at all. Posting follows in its own transaction.
 *
 * Answers in the order of the facts. The same input again changes nothing.
 * A void may come before its claim. Throws InvalidInput `invalid-fact`.
 */
export async function submit(trx: Trx, facts: readonly Fact[], now: Instant): Promise<Submitted[]> {
  refuseInvalid(facts)
  const accounts = await accountsOfActs(trx, facts)
  const wanted = facts.map((fact) => rowsOf(fact, accounts, now))
  const held = await insertNew(trx, wanted.flat())
  return facts.map((fact, i) => {
    const rows = wanted[i] as Row[]
    const found = rows.map((row) => held.get(keyText(row)) as Held)
    const isConflict = found.some((one, n) => !one.hash.equals((rows[n] as Row).input_hash as Buffer))
    const isNew = found.length === 0 || found.some((one) => one.isNew)
    return {
      inputKey: fact.inputKey,
      outcome: isConflict ? 'conflict' : isNew ? 'accepted' : 'known',
      inboxId: found[0] ? idText(found[0].inboxId) : null,
    }
  })
}

/** The accounts of claims that acts speak of, by claim, as far as those claims are in the book. */
export async function accountsOfActs(handle: Handle, facts: readonly Fact[]): Promise<Map<Id, Id>> {
  const claimIds = facts.flatMap((fact) => (fact.kind === 'act' ? [fact.claimId] : []))
  const accounts = new Map<Id, Id>()
  for (let from = 0; from < claimIds.length; from += 500) {
    const rows = await handle('claim_key')
      .select('claim_id', 'account_id')
      .whereIn('claim_id', claimIds.slice(from, from + 500).map(idBytes))
      .whereNotNull('account_id')
    for (const row of rows) accounts.set(idText(row.claim_id), idText(row.account_id))
  }
  return accounts
}

function rowsOf(fact: Fact, accounts: Map<Id, Id>, now: Instant): Row[] {
  if (fact.kind === 'claim') return [claimRow(fact, now)]
  if (fact.kind === 'act') return [actRow(fact, accounts.get(fact.claimId) ?? null, now)]
  const named = fact.accountIds ?? (fact.teacherIds ?? []).map(accountOf)
  return [...new Set(named)].map((accountId) => evaluateRow(fact, accountId, now))
}

function claimRow(fact: ClaimFact, now: Instant): Row {
  return {
    ...keyColumns(fact, newId(), fact.inputKey, now),
    content: documentBytes(fact.content),
    claim_id: idBytes(fact.claimId),
    account_id: idBytes(accountOf(fact.teacherId)),
    shard: shardOf(accountOf(fact.teacherId)),
  }
}

function actRow(fact: ActFact, accountId: Id | null, now: Instant): Row {
  return {
    // The row has the id of the act, so a void that waits for its claim is found again by it.
    ...keyColumns(fact, fact.act.actId, fact.inputKey, now),
    content: documentBytes(fact.act),
    claim_id: idBytes(fact.claimId),
    account_id: accountId === null ? null : idBytes(accountId),
    shard: shardOf(accountId ?? fact.claimId),
  }
}

function evaluateRow(fact: EvaluateFact, accountId: Id, now: Instant): Row {
  return {
    ...keyColumns(fact, newId(), `${fact.inputKey}:${accountId}`, now),
    content: Buffer.alloc(0),
    claim_id: null,
    account_id: idBytes(accountId),
    shard: shardOf(accountId),
  }
}

function keyColumns(fact: Fact, inboxId: Id, inputKey: string, now: Instant): Row {
  return {
    inbox_id: idBytes(inboxId),
    source_id: idBytes(fact.sourceId),
    input_key: Buffer.from(inputKey),
    input_hash: fact.inputHash,
    kind: factKinds.code(fact.kind),
    state: inboxStates.code('ready'),
    attempts: 0,
    next_at: now,
    received_at: now,
  }
}

interface Held {
  inboxId: Buffer
  hash: Buffer
  isNew: boolean
}

/** Inserts the rows whose keys are not there yet, and says for each key which row holds it. */
async function insertNew(trx: Trx, rows: Row[]): Promise<Map<string, Held>> {
  const held = new Map<string, Held>()
  const byKey = new Map(rows.map((row) => [keyText(row), row]))
  const ordered = [...byKey.keys()].sort()
  for (let from = 0; from < ordered.length; from += 500) {
    const keys = ordered.slice(from, from + 500)
    await insertChunk(
      trx,
      keys.map((key) => byKey.get(key) as Row),
      held,
    )
  }
  return held
}

async function insertChunk(trx: Trx, rows: Row[], held: Map<string, Held>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    for (const [key, one] of await heldKeys(trx, rows)) if (!held.has(key)) held.set(key, one)
    const fresh = rows.filter((row) => !held.has(keyText(row)))
    if (fresh.length === 0) return
    try {
      await insertRows(trx, 'inbox', fresh)
      for (const row of fresh) {
        held.set(keyText(row), {
          inboxId: row.inbox_id as Buffer,
          hash: row.input_hash as Buffer,
          isNew: true,
        })
      }
      return
    } catch (error) {
      // The unique key decides, not the SELECT before: another worker may hand in the same input at this moment.
      if (attempt === 3 || !isDuplicateKey(error)) throw error
    }
  }
}

async function heldKeys(trx: Trx, rows: Row[]): Promise<[string, Held][]> {
  const found: [string, Held][] = []
  const add = (
    row: { inbox_id: Buffer; source_id: Buffer; input_key: Buffer; input_hash: Buffer },
    key = keyText(row),
  ) => found.push([key, { inboxId: row.inbox_id, hash: row.input_hash, isNew: false }])
  const bySource = groupBy(rows, (row) => (row.source_id as Buffer).toString('hex'))
  for (const [source, group] of bySource) {
    const known = await trx('inbox')
      .select('inbox_id', 'source_id', 'input_key', 'input_hash')
      .where('source_id', Buffer.from(source, 'hex'))
      .whereIn(
        'input_key',
        group.map((row) => row.input_key as Buffer),
      )
    for (const row of known) add(row)
  }
  const acts = rows.filter((row) => row.kind === factKinds.code('act'))
  if (acts.length > 0) {
    // An act id under another key is another input that claims to be the same act.
    const keyOf = new Map(acts.map((row) => [(row.inbox_id as Buffer).toString('hex'), keyText(row)]))
    const known = await trx('inbox')
      .select('inbox_id', 'source_id', 'input_key', 'input_hash')
      .whereIn(
        'inbox_id',
        acts.map((row) => row.inbox_id as Buffer),
      )
    for (const row of known) {
      const key = keyOf.get(row.inbox_id.toString('hex'))
      if (key !== undefined && key !== keyText(row)) add({ ...row, input_hash: Buffer.alloc(32) }, key)
    }
  }
  return found
}

function keyText(row: Row): string {
  return `${(row.source_id as Buffer).toString('hex')}:${(row.input_key as Buffer).toString('hex')}`
}
