import { type Id, sha256 } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { HeldReading, Reading } from './reading.ts'
import type { Statement } from './statement.ts'

/** A statement as it is stored, as far as reading asks. */
export interface StoredBytes {
  seq: number
  id: Id
  sourceId: Id
  occurred: Instant
  stored: Instant
  /** The bytes that came. */
  raw: Buffer
}

/** What a stored statement says. */
export function statementIn({ raw }: Pick<StoredBytes, 'raw'>): Statement {
  return JSON.parse(raw.toString('utf8')) as Statement
}

/** A reading with what is known about its statement, before anybody asked whether that was voided. */
export function heldReadingOf(reading: Reading, stored: StoredBytes): HeldReading {
  const { seq, sourceId, id: statementId, occurred } = stored
  return {
    ...reading,
    seq,
    sourceId,
    statementId,
    occurred,
    stored: stored.stored,
    rawHash: sha256(stored.raw),
    voided: null,
  }
}
