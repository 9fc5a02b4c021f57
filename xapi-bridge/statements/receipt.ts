import { randomUUID } from 'node:crypto'
import type { Id } from '../../foundation/ids.ts'
import { uuidBytes } from '../language/uuid.ts'

/**
 * A receipt (接收回执) for statements stored from `firstSeq` on.
 *
 * It is a UUID of version 8: 48 bits of the seq, then chance. So it is found by the primary key, and the hot path carries
 * no index for it.
 */
export function newReceipt(firstSeq: number): Id {
  const seq = firstSeq.toString(16).padStart(12, '0')
  // A random UUID of version 4 has its variant where ours has it.
  return `${seq.slice(0, 8)}-${seq.slice(8)}-8${randomUUID().slice(15)}`
}

/** The seq of the first statement that a receipt can be for. */
export function firstSeqOf(receipt: Id): number {
  return uuidBytes(receipt).readUIntBE(0, 6)
}
