import { hash } from 'node:crypto'
import { type BulkValue, bulkTexts, insertBulk, insertTexts } from '../../foundation/database/bulk.ts'
import { idBytes } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { insertRows } from '../../foundation/database/dialect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { insertHops } from '../forwarding/hop.ts'
import { hexOf, uuidBytes } from '../language/uuid.ts'
import { chainedReferences } from './chain.ts'
import { flag, versionCode } from './flags.ts'
import type { Prepared } from './prepare.ts'
import type { Reference, Row, Writing } from './writing.ts'

/**
 * Writes the rows of one flush: statements, what finds them, what they refer to, void and define. The caller holds the
 * sequence. `awaited` says that some statement may have referred to another before that came.
 */
export async function insertFlush(trx: Trx, rows: Row[], stored: Instant, awaited: boolean): Promise<void> {
  await insertStatements(trx, rows, stored)
  await insertTargets(trx, rows)
  await insertAttachments(trx, rows)
  await insertHops(trx, rows)
  // Not as arguments of one call: there may be more than a call takes.
  const references = ownReferences(rows).concat(await chainedReferences(trx, rows, awaited))
  await insertBulk(trx, 'statement_ref', referenceColumns, referenceValues(references))
  await insertDefinitions(trx, rows)
}

/**
 * Whether a statement is written by its own row and its references alone: it names no other statement, brought no bytes,
 * no hops of it are noted, and what it says about activities is here already. Whatever else a statement may come to write
 * must make this false.
 */
export function isPlain({ storeId, hops }: Writing, { target, attachments, definitions }: Prepared): boolean {
  return (
    target === null &&
    hops === undefined &&
    attachments.length === 0 &&
    definitions.every(({ activityId, definition }) => written.has(`${storeId} ${activityId} ${definition}`))
  )
}

/** The INSERTs for rows of plain statements that nobody awaits, as texts for a server. */
export function plainTexts(rows: Row[], stored: Instant): string[] {
  return [
    ...bulkTexts('statement', statementColumns, statementValues(rows, stored)),
    ...insertTexts('statement_ref', Object.keys(referenceColumns), referenceTexts(rows)),
  ]
}

const statementColumns = {
  seq: 'number',
  store_id: 'hex',
  statement_id: 'hex',
  source_id: 'hex',
  credential_id: 'hex',
  receipt_id: 'hex',
  raw: 'bytes',
  sha256: 'hex',
  occurred: 'number',
  stored: 'number',
  version: 'number',
  flags: 'number',
} as const

async function insertStatements(trx: Trx, rows: Row[], stored: Instant): Promise<void> {
  await insertBulk(trx, 'statement', statementColumns, statementValues(rows, stored))
}

function statementValues(rows: Row[], stored: Instant): BulkValue[][] {
  const ofWriting = new Map<Writing, [store: string, source: string, credential: string, receipt: string]>()
  return rows.map(({ seq, writing, statement, receipt }) => {
    let same = ofWriting.get(writing)
    if (!same) {
      same = [hexOf(writing.storeId), hexOf(writing.sourceId), hexOf(writing.credentialId), hexOf(receipt)]
      ofWriting.set(writing, same)
    }
    return [
      seq,
      same[0],
      hexOf(statement.id),
      same[1],
      same[2],
      same[3],
      statement.bytes,
      statement.sha256,
      statement.occurred ?? stored,
      stored,
      versionCode[writing.version],
      statement.flags,
    ]
  })
}

const referenceColumns = { ref_key: 'hex', seq: 'number' } as const

function ownReferences(rows: Row[]): Reference[] {
  const references: Reference[] = []
  for (const { seq, statement } of rows) for (const key of statement.references) references.push({ key, seq })
  return references
}

function referenceValues(references: Reference[]): BulkValue[][] {
  return references.map(({ key, seq }) => [key, seq])
}

/**
 * References as rows of text, those with one key together, so that they are written beside each other. Not sorted
 * altogether: that cost this process more than it saved the database.
 */
function referenceTexts(rows: Row[]): Iterable<string> {
  const byKey = new Map<string, string>()
  for (const { seq, statement } of rows)
    for (const key of statement.references) {
      const before = byKey.get(key)
      const text = `(X'${key}',${seq})`
      byKey.set(key, before === undefined ? text : `${before},${text}`)
    }
  return byKey.values()
}

async function insertTargets(trx: Trx, rows: Row[]): Promise<void> {
  const referring = rows.filter(({ statement }) => statement.target !== null)
  const targetRow = ({ seq, writing, statement }: Row) => ({
    store_id: idBytes(writing.storeId),
    target_id: uuidBytes(statement.target as Id),
    seq,
  })
  const voiding = referring.filter(({ statement }) => statement.flags & flag.voiding)
  await insertRows(trx, 'statement_target', referring.map(targetRow))
  await insertRows(trx, 'statement_void', voiding.map(targetRow))
}

/** Which statements have which bytes. The bytes themselves are here already. */
async function insertAttachments(trx: Trx, rows: Row[]): Promise<void> {
  const attached = rows.flatMap(({ seq, statement }) =>
    statement.attachments.map(({ n, sha2 }) => ({ seq, n, sha2: Buffer.from(sha2, 'hex') })),
  )
  await insertRows(trx, 'statement_attachment', attached)
}

/** Definitions that were written lately, so that the usual one costs nothing. Only committed ones enter. */
const written = new Set<string>()
const mostWritten = 20_000
/** Longer ones are asked for each time: a few thousand of megabytes each would be all of the memory. */
const longestWritten = 1000

async function insertDefinitions(trx: Trx, rows: Row[]): Promise<void> {
  const wanted = new Map<string, { activityKey: Buffer; definitionKey: Buffer; seq: number; text: string }>()
  for (const { seq, writing, statement } of rows)
    for (const { activityId, definition } of statement.definitions) {
      const name = `${writing.storeId} ${activityId} ${definition}`
      if (written.has(name) || wanted.has(name)) continue
      const activityKey = activityKeyOf(writing.storeId, activityId)
      wanted.set(name, { activityKey, definitionKey: shortHash(definition), seq, text: definition })
    }
  if (wanted.size === 0) return
  const all = [...wanted.values()]
  const here = new Set<string>()
  for (let from = 0; from < all.length; from += 200) {
    // By both keys: of one activity there may be any number of definitions, and everybody waits for this.
    const known: { activity_key: Buffer; definition_key: Buffer }[] = await trx('activity_definition')
      .select('activity_key', 'definition_key')
      .where((either) => {
        for (const { activityKey, definitionKey } of all.slice(from, from + 200))
          either.orWhere({ activity_key: activityKey, definition_key: definitionKey })
      })
    for (const row of known) here.add(row.activity_key.toString('hex') + row.definition_key.toString('hex'))
  }
  const fresh = all.filter(
    ({ activityKey, definitionKey }) =>
      !here.has(activityKey.toString('hex') + definitionKey.toString('hex')),
  )
  await insertRows(
    trx,
    'activity_definition',
    fresh.map(({ activityKey, definitionKey, seq, text }) => ({
      activity_key: activityKey,
      definition_key: definitionKey,
      first_seq: seq,
      definition: Buffer.from(text),
    })),
  )
  void trx.executionPromise.then(
    () => remember([...wanted.keys()]),
    () => undefined,
  )
}

function remember(names: string[]): void {
  if (written.size > mostWritten) written.clear()
  for (const name of names) if (name.length <= longestWritten) written.add(name)
}

/** The key of an activity in one store. */
export function activityKeyOf(storeId: Id, activityId: string): Buffer {
  return shortHash(`${storeId} ${activityId}`)
}

function shortHash(text: string): Buffer {
  return (hash('sha256', text, 'buffer') as Buffer).subarray(0, 16)
}
