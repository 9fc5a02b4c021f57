import { safeInteger } from '../../foundation/database/codec.ts'
import type { Row } from '../../foundation/database/dialect.ts'
import { canonical } from '../claims/canonical.ts'
import { rootOf } from './anchor.ts'
import { MerkleTree } from './merkle.ts'

/**
 * The roots of several anchors at once, from their leaves in the order of (account, anchor): each account stands in an
 * anchor with the newest leaf up to it.
 */
export class AnchorRoots {
  #anchors: { row: Row; no: number; tree: MerkleTree }[]
  #account: Buffer | null = null
  #leaves: Row[] = []

  constructor(anchors: readonly Row[]) {
    this.#anchors = anchors.map((row) => ({ row, no: safeInteger(row.anchor_no), tree: new MerkleTree() }))
  }

  /** Takes the next leaf. */
  add(leaf: Row): void {
    if (this.#account && !this.#account.equals(leaf.account_id as Buffer)) this.#close()
    this.#account = leaf.account_id as Buffer
    this.#leaves.push(leaf)
  }

  /** The numbers of anchors whose root is not what their leaves give. To be asked once, after the last leaf. */
  wrong(): number[] {
    this.#close()
    return this.#anchors
      .filter(({ row, tree }) => {
        const anchor = {
          anchor_no: safeInteger(row.anchor_no),
          taken_at: safeInteger(row.taken_at),
          accounts: safeInteger(row.accounts),
          prev_root: row.prev_root as Buffer,
        }
        return !rootOf(anchor, tree.root()).equals(row.root as Buffer)
      })
      .map(({ no }) => no)
  }

  #close(): void {
    for (const { no, tree } of this.#anchors) {
      const leaf = this.#leaves.findLast(({ anchor_no }) => safeInteger(anchor_no) <= no)
      if (leaf) {
        tree.add(canonical([leaf.account_id as Buffer, safeInteger(leaf.version), leaf.head_hash as Buffer]))
      }
    }
    this.#leaves = []
  }
}
