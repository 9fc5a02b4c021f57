import { parse, stringify } from 'uuid'
import type { Id } from '../ids.ts'

/** The 16 bytes under which the database keeps an identifier. Throws for text that is no UUID. */
export function idBytes(id: Id): Buffer {
  return Buffer.from(parse(id))
}

/** The identifier that 16 bytes from the database stand for. */
export function idText(bytes: Uint8Array): Id {
  return stringify(bytes)
}

/** As `idBytes`, for a column that may be empty. */
export function idBytesOrNull(id: Id | null | undefined): Buffer | null {
  return id == null ? null : idBytes(id)
}

/** As `idText`, for a column that may be empty. */
export function idTextOrNull(bytes: Uint8Array | null | undefined): Id | null {
  return bytes == null ? null : idText(bytes)
}

/** A whole number that survived the trip: refuses what a double cannot hold (a driver would round it silently). */
export function safeInteger(value: unknown): number {
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
    throw new RangeError('a whole number from the database is beyond ±(2^53−1)')
  }
  return number
}

/** The value of SUM, COUNT or MAX: text on the servers, a number on SQLite, null over no rows (then 0). */
export function sumOf(value: unknown): number {
  return value == null ? 0 : safeInteger(value)
}
