import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Database, Handle, Trx } from '../../foundation/database/connect.ts'
import { insertRows, type Row } from '../../foundation/database/dialect.ts'
import { inSnapshot } from '../../foundation/database/snapshot.ts'
import { InvalidInput } from '../../foundation/errors.ts'
import { type Id, sha256 } from '../../foundation/ids.ts'
import { asInstant, type Instant, instantOf, isoOf } from '../../foundation/time.ts'
import { canonical } from '../claims/canonical.ts'
import { noHash } from './chain.ts'
import { MerkleTree } from './merkle.ts'

/** What is published of an anchor. */
export interface Anchor {
  anchorNo: number
  takenAt: Instant
  accounts: number
  /** Hexadecimal. */
  root: string
  prevRoot: string
}

/** An anchor as a file, to be kept outside the database: with it a later change of any account can be named. */
export interface AnchorDocument {
  schema: 'xueshi-anchor/1'
  anchor_no: number
  taken_at: string
  accounts: number
  root: string
  prev_root: string
  leaves: { account: Id; version: number; head_hash: string }[]
}

const chunkSize = 2_000

/**
 * Takes an anchor over all accounts as of one moment: a Merkle root over (account, version, head), chained to the
 * anchor before. Only accounts that moved since then get a leaf of their own.
 */
export async function takeAnchor(db: Database, now: Instant): Promise<Anchor> {
  return inSnapshot(db, async (trx) => {
    const last = await trx('anchor').orderBy('anchor_no', 'desc').first()
    const anchorNo = last ? safeInteger(last.anchor_no) + 1 : 1
    const tree = new MerkleTree()
    let accounts = 0
    for await (const chunk of accountChunks(trx)) {
      accounts += chunk.length
      for (const leaf of chunk) tree.add(leafBytes(leaf))
      await insertRows(trx, 'anchor_leaf', await movedLeaves(trx, chunk, anchorNo))
    }
    const anchor = { anchor_no: anchorNo, taken_at: now, accounts, prev_root: last?.root ?? noHash }
    const root = rootOf(anchor, tree.root())
    await insertRows(trx, 'anchor', [{ ...anchor, root }])
    return anchorOf({ ...anchor, root })
  })
}

interface Leaf {
  account_id: Buffer
  version: number
  head_hash: Buffer
}

async function* accountChunks(trx: Trx): AsyncGenerator<Leaf[]> {
  for (let after: Buffer | null = null; ; ) {
    const query = trx('account')
      .select('account_id', 'version', 'head_hash')
      .orderBy('account_id')
      .limit(chunkSize)
    if (after) query.where('account_id', '>', after)
    const rows: Leaf[] = await query
    if (rows.length === 0) return
    yield rows
    after = (rows.at(-1) as Leaf).account_id
  }
}

async function movedLeaves(trx: Trx, chunk: readonly Leaf[], anchorNo: number): Promise<Row[]> {
  const known = await newestLeaves(
    trx,
    chunk.map(({ account_id }) => account_id),
    anchorNo,
  )
  return chunk
    .filter(
      ({ account_id, version }) => known.get(account_id.toString('hex'))?.version !== safeInteger(version),
    )
    .map(({ account_id, version, head_hash }) => ({ anchor_no: anchorNo, account_id, version, head_hash }))
}

/** The newest leaf of each of these accounts (bytes of one key range, in order) up to an anchor, by hexadecimal id. */
async function newestLeaves(
  handle: Handle,
  ids: readonly Buffer[],
  anchorNo: number,
): Promise<Map<string, { version: number; headHash: Buffer }>> {
  const [from, to] = [ids[0], ids.at(-1)]
  if (!from || !to) return new Map()
  const rows = await handle('anchor_leaf')
    .select('account_id', 'version', 'head_hash')
    .whereBetween('account_id', [from, to])
    .where('anchor_no', '<=', anchorNo)
    .orderBy(['account_id', 'anchor_no'])
  return new Map(
    rows.map((row) => [
      row.account_id.toString('hex'),
      { version: safeInteger(row.version), headHash: row.head_hash as Buffer },
    ]),
  )
}

function leafBytes({ account_id, version, head_hash }: Leaf): Buffer {
  return canonical([account_id, safeInteger(version), head_hash])
}

/** The root of an anchor: its own words over the Merkle root of its leaves, on the root before. */
export function rootOf(
  anchor: { anchor_no: number; taken_at: number; accounts: number; prev_root: Buffer },
  merkle: Buffer,
): Buffer {
  return sha256(canonical([anchor.anchor_no, anchor.taken_at, anchor.accounts, anchor.prev_root, merkle]))
}

function anchorOf(row: Record<string, unknown>): Anchor {
  return {
    anchorNo: safeInteger(row.anchor_no),
    takenAt: asInstant(safeInteger(row.taken_at)),
    accounts: safeInteger(row.accounts),
    root: (row.root as Buffer).toString('hex'),
    prevRoot: (row.prev_root as Buffer).toString('hex'),
  }
}

/** The newest anchor, or null before the first. */
export async function lastAnchor(handle: Handle): Promise<Anchor | null> {
  const row = await handle('anchor').orderBy('anchor_no', 'desc').first()
  return row ? anchorOf(row) : null
}

/** An anchor with the version and head of every account it covers. Throws RangeError for a number that was never taken. */
export async function anchorDocument(handle: Handle, anchorNo: number): Promise<AnchorDocument> {
  const row = await handle('anchor').where('anchor_no', anchorNo).first()
  if (!row) throw new RangeError(`there is no anchor ${anchorNo}`)
  const { takenAt, accounts, root, prevRoot } = anchorOf(row)
  const newest = new Map<string, { version: number; head_hash: string }>()
  const rows = await handle('anchor_leaf')
    .where('anchor_no', '<=', anchorNo)
    .orderBy(['account_id', 'anchor_no'])
  for (const leaf of rows) {
    newest.set(idText(leaf.account_id), {
      version: safeInteger(leaf.version),
      head_hash: leaf.head_hash.toString('hex'),
    })
  }
  return {
    schema: 'xueshi-anchor/1',
    anchor_no: anchorNo,
    taken_at: isoOf(takenAt),
    accounts,
    root,
    prev_root: prevRoot,
    leaves: [...newest].map(([account, leaf]) => ({ account, ...leaf })),
  }
}

/** Reads an anchor file. Throws InvalidInput `anchor-invalid` for one that is none, or that was changed itself. */
export function readAnchorDocument(text: string): AnchorDocument {
  const refuse = (detail: string) => new InvalidInput('anchor-invalid', detail)
  let document: AnchorDocument
  try {
    document = JSON.parse(text) as AnchorDocument
  } catch (cause) {
    throw Object.assign(refuse('the anchor file is not JSON'), { cause })
  }
  if (document?.schema !== 'xueshi-anchor/1' || !Array.isArray(document.leaves)) {
    throw refuse('the file is not an anchor of this book')
  }
  if (!rootOfDocument(document).equals(Buffer.from(document.root, 'hex'))) {
    throw refuse('the anchor file does not agree with its own root')
  }
  return document
}

/** The root that a document's leaves give. */
export function rootOfDocument(document: AnchorDocument): Buffer {
  const tree = new MerkleTree()
  for (const { account, version, head_hash } of document.leaves) {
    tree.add(leafBytes({ account_id: idBytes(account), version, head_hash: Buffer.from(head_hash, 'hex') }))
  }
  return rootOf(
    {
      anchor_no: document.anchor_no,
      taken_at: instantOf(document.taken_at),
      accounts: document.accounts,
      prev_root: Buffer.from(document.prev_root, 'hex'),
    },
    tree.root(),
  )
}
