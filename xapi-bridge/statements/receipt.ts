import { randomBytes } from 'node:crypto'
import type { Id } from '../../foundation/ids.ts'
import { uuidBytes, uuidText } from '../language/uuid.ts'

/**
 * A receipt (接收回执) for statements stored from `firstSeq` on.
 *
 * It is a UUID of version 8: 48 bits of the seq, then chance. So it is found by the primary key, and the hot path carries
 * no index for it.
 */
export function newReceipt(firstSeq: number): Id {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(firstSeq, 0, 6)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  return uuidText(bytes)
}

/** The seq of the first statement that a receipt can be for. */
export function firstSeqOf(receipt: Id): number {
  return uuidBytes(receipt).readUIntBE(0, 6)
}
