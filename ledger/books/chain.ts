import { safeInteger } from '../../foundation/database/codec.ts'
import type { Row } from '../../foundation/database/dialect.ts'
import { sha256 } from '../../foundation/ids.ts'
import { canonical, type Field } from '../claims/canonical.ts'
import type { CodeList } from './code-list.ts'

/** The version of the canonical form in which new postings are hashed (ledger.md §4.6). */
export const hashVersion = 1

/** What the head of an account is before its first posting. */
export const noHash = Buffer.alloc(32)

/** Columns of a claim that its hash covers, in table order. `seq` is covered by the posting that admits it. */
export const claimColumns = [
  'claim_id',
  'source_id',
  'kind',
  'award_key',
  'offering_id',
  'training_class_id',
  'session_id',
  'role',
  'began_at',
  'ended_at',
  'ended_on',
  'source_amount',
  'source_unit',
  'content',
  'raw_ref',
  'supersedes_claim_id',
] as const

/** Columns of an act that its hash covers, in table order. */
export const actColumns = [
  'claim_id',
  'act_no',
  'act_id',
  'kind',
  'value_milli_hours',
  'reason',
  'note',
  'evidence_id',
  'maker_id',
  'checker_id',
  'authority_id',
  'recorded_at',
] as const

const postingColumns = [
  'account_id',
  'seq',
  'kind',
  'cause_kind',
  'cause_id',
  'authority_id',
  'actor_id',
  'policy_version',
  'engine',
  'input_digest',
  'recorded_at',
] as const

const entryColumns = [
  'leg',
  'kind',
  'claim_id',
  'award_seq',
  'reverses_seq',
  'bucket',
  'period_no',
  'effective_on',
  'category',
  'level',
  'form',
  'milli_hours',
  'balance_after',
  'claimed_milli_hours',
  'why',
] as const

/** The hash of a claim or an act: SHA-256 over the columns in table order. */
export function contentHash(row: Row, columns: readonly string[]): Buffer {
  return sha256(canonical(columns.map((column) => fieldOf(row[column]))))
}

/** A fact as a posting's hash names it. */
export interface AdmittedFact {
  id: Buffer
  contentHash: Buffer
}

/**
 * The hash of a posting over everything it says: itself, its legs in order, and the facts it admitted.
 *
 * Categories and forms enter as words, not as numbers, so renumbering
 * `code_word` shows as well. `prevHash` chains it to the posting before.
 */
export function postingHash(
  posting: Row,
  legs: readonly Row[],
  facts: readonly AdmittedFact[],
  words: CodeList,
): Buffer {
  const ordered = [...facts].sort((a, b) => Buffer.compare(a.id, b.id))
  return sha256(
    canonical([fieldOf(posting.hash_version)]),
    posting.prev_hash as Buffer,
    canonical(postingColumns.map((column) => fieldOf(posting[column]))),
    canonical([legs.length]),
    ...legs.map((leg) => canonical(entryColumns.map((column) => entryField(leg, column, words)))),
    canonical(ordered.flatMap((fact) => [fact.id, fact.contentHash])),
  )
}

function entryField(leg: Row, column: string, words: CodeList): Field {
  const value = leg[column]
  if (column === 'category' || column === 'form') return words.word(column, Number(value))
  return fieldOf(value)
}

/** A column as a canonical field; whole numbers may come back from a driver as text. */
function fieldOf(value: Row[string] | undefined): Field {
  if (value === null || value === undefined) return null
  if (typeof value === 'number') return safeInteger(value)
  return value
}
