import { sha256 } from '../../foundation/ids.ts'
import type { StoredStatement } from '../statements/read.ts'
import type { HeldReading, Reading } from './reading.ts'
import type { Statement } from './statement.ts'

/** What a stored statement says, from the bytes that came. */
export function statementIn({ raw }: Pick<StoredStatement, 'raw'>): Statement {
  return JSON.parse(raw.toString('utf8')) as Statement
}

/** A reading with what is known about its statement, before anybody asked whether that was voided. */
export function heldReadingOf(reading: Reading, stored: StoredStatement): HeldReading {
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
