import { sha256 } from '../../foundation/ids.ts'

/**
 * A Merkle tree that is fed leaf by leaf and keeps only its right edge, so that a root over any number of accounts
 * needs a few hashes of memory. Leaves and nodes are hashed apart (RFC 6962 §2.1), so a node never passes for a leaf.
 */
export class MerkleTree {
  #edge: { size: number; hash: Buffer }[] = []

  /** Adds the next leaf. */
  add(leaf: Buffer): void {
    let node = { size: 1, hash: sha256(Buffer.from([0]), leaf) }
    for (let last = this.#edge.at(-1); last && last.size === node.size; last = this.#edge.at(-1)) {
      this.#edge.pop()
      node = { size: node.size * 2, hash: parentOf(last.hash, node.hash) }
    }
    this.#edge.push(node)
  }

  /** The root over the leaves so far; of no leaves the hash of nothing. */
  root(): Buffer {
    const hashes = this.#edge.map(({ hash }) => hash)
    return hashes.length === 0 ? sha256('') : hashes.reduceRight((right, left) => parentOf(left, right))
  }
}

function parentOf(left: Buffer, right: Buffer): Buffer {
  return sha256(Buffer.from([1]), left, right)
}
