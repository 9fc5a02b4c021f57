import { isCheckViolation, isDuplicateKey } from './dialect.ts'

/** Too long, out of range, not a value of the column, a foreign key, a packet that is too large, or no value at all. */
const refusedNumbers = new Set([1048, 1153, 1264, 1265, 1292, 1366, 1406, 1452, 3140])

/** Whether the database refused the values of a statement: the same rows would be refused again (ledger.md §4.7). */
export function isDataRefused(error: unknown): boolean {
  const { errno = 0, code = '' } = (error ?? {}) as { errno?: number; code?: string }
  return (
    refusedNumbers.has(errno) ||
    isCheckViolation(error) ||
    isDuplicateKey(error) ||
    /^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH)/.test(code)
  )
}

/** Whether an error came from the database or its driver at all; anything else is a defect of code or of data. */
export function isDatabaseError(error: unknown): boolean {
  const {
    errno,
    code = '',
    sqlMessage,
  } = (error ?? {}) as {
    errno?: number
    code?: unknown
    sqlMessage?: unknown
  }
  return (
    typeof errno === 'number' ||
    sqlMessage !== undefined ||
    /^(SQLITE_|PROTOCOL_|ER_|E[A-Z]+$)/.test(String(code)) ||
    (error as Error | undefined)?.name === 'KnexTimeoutError'
  )
}
