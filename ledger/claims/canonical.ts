import { idBytes } from '../../foundation/database/codec.ts'
import type { Id } from '../../foundation/ids.ts'

/** One field of a canonical record: a whole number, bytes, text, an identifier marked as such, or nothing. */
export type Field = number | Buffer | string | null

const nothing = Buffer.from([0xff, 0xff, 0xff, 0xff])

/**
 * Bytes of a record for hashing, canonical form 1 (ledger.md §4.6): fields in table order, whole numbers as
 * 8 bytes big-endian, bytes and text with a length of 4 bytes before them, null as the length 2^32−1.
 *
 * No JSON: its spelling is not one. Changing anything here means a new
 * `hash_version`, since stored hashes must be computed again for ever.
 */
export function canonical(fields: readonly Field[]): Buffer {
  let size = 0
  for (const field of fields) size += sizeOf(field)
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  for (const field of fields) {
    if (field === null) at += nothing.copy(bytes, at)
    else if (typeof field === 'number') at = bytes.writeBigInt64BE(BigInt(field), at)
    else if (typeof field === 'string') {
      const length = Buffer.byteLength(field)
      at = bytes.writeUInt32BE(length, at)
      at += bytes.write(field, at)
    } else {
      at = bytes.writeUInt32BE(field.length, at)
      at += field.copy(bytes, at)
    }
  }
  return bytes
}

/** An identifier as a canonical field. */
export function idField(id: Id | null): Buffer | null {
  return id === null ? null : idBytes(id)
}

function sizeOf(field: Field): number {
  if (field === null) return 4
  if (typeof field === 'number') return 8
  return 4 + (typeof field === 'string' ? Buffer.byteLength(field) : field.length)
}

/**
 * A document as JSON bytes with sorted keys, so that the same content is the same bytes and has the same hash.
 * Undefined values are left out.
 */
export function documentBytes(document: unknown): Buffer {
  return Buffer.from(JSON.stringify(sorted(document)))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}
