import { safeInteger } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { isDuplicateKey, lockForUpdate } from '../../foundation/database/dialect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { uuidBytes } from '../language/uuid.ts'
import type { Address, Scope, Subject } from './scope.ts'

/** A document as it is kept. */
export interface Document {
  contents: Buffer
  contentType: string
  /** SHA-1 of the contents: forty lower-case hexadecimal digits. */
  etag: string
  updated: Instant
}

/** What a document is called and belongs to; noted beside it, so that it can be listed, shown and erased. */
export interface Naming {
  documentId: string
  subject: Subject
  agentKey: Buffer | null
}

interface DocumentRow {
  contents: Buffer
  content_type: string
  etag: string
  updated: unknown
}

const columns = ['contents', 'content_type', 'etag', 'updated']

/** The document at that address; null if there is none. */
export async function documentAt(handle: Handle, address: Address): Promise<Document | null> {
  const row: DocumentRow | undefined = await handle('document').first(columns).where(address)
  return row ? documentOf(row) : null
}

/** As `documentAt`, and nobody else changes or removes it until the transaction ends. */
export async function lockDocument(trx: Trx, address: Address): Promise<Document | null> {
  const row: DocumentRow | undefined = await lockForUpdate(trx('document').first(columns).where(address))
  return row ? documentOf(row) : null
}

/** Puts a first document at an address. False if somebody else was faster; then it must be read again. */
export async function insertDocument(
  trx: Trx,
  address: Address,
  naming: Naming,
  document: Document,
): Promise<boolean> {
  const { registration } = naming.subject
  try {
    await trx('document').insert({
      ...address,
      document_id: Buffer.from(naming.documentId),
      registration: registration === undefined ? null : uuidBytes(registration),
      agent_key: naming.agentKey,
      ...changing(naming, document),
    })
    return true
  } catch (error) {
    // Its one unique key is the primary one.
    if (isDuplicateKey(error)) return false
    throw error
  }
}

/** Replaces the document at an address that the caller holds locked. */
export async function updateDocument(
  trx: Trx,
  address: Address,
  naming: Naming,
  document: Document,
): Promise<void> {
  await trx('document').where(address).update(changing(naming, document))
}

/** Removes the document at an address; nothing happens where there is none. */
export async function deleteDocument(trx: Trx, address: Address): Promise<void> {
  await trx('document').where(address).delete()
}

/** Removes all documents of a subject: of one registration, or whatever their registration. */
export async function deleteDocuments(trx: Trx, scope: Scope, registration: Id | undefined): Promise<void> {
  await trx('document').where(ofRegistration(scope, registration)).delete()
}

/** The ids of all documents of a subject that changed after `since`, and when the last of them did. */
export async function listDocuments(
  handle: Handle,
  scope: Scope,
  { registration, since }: { registration: Id | undefined; since: Instant | undefined },
): Promise<{ ids: string[]; updated: Instant | null }> {
  const query = handle('document').select('document_id', 'updated').where(ofRegistration(scope, registration))
  if (since !== undefined) query.where('updated', '>', since)
  const rows: { document_id: Buffer; updated: unknown }[] = await query
  // One id may stand under several registrations.
  const ids = [...new Set(rows.map((row) => row.document_id.toString()))].sort()
  const updated = rows.reduce((last, row) => Math.max(last, safeInteger(row.updated)), 0)
  return { ids, updated: rows.length > 0 ? asInstant(updated) : null }
}

/** What the documents of an agent that changed last say whom they belong to, newest first. */
export async function subjectsOfAgent(handle: Handle, agentKey: Buffer, limit: number): Promise<Subject[]> {
  const rows: { scope: Buffer }[] = await handle('document')
    .select('scope')
    .where({ agent_key: agentKey })
    .orderBy('updated', 'desc')
    .limit(limit)
  return rows.map(({ scope }) => JSON.parse(scope.toString()))
}

function ofRegistration(scope: Scope, registration: Id | undefined) {
  return registration === undefined ? { ...scope } : { ...scope, registration: uuidBytes(registration) }
}

function changing({ subject }: Naming, { contents, contentType, etag, updated }: Document) {
  return {
    scope: Buffer.from(JSON.stringify(subject)),
    content_type: contentType,
    etag,
    updated,
    contents,
  }
}

function documentOf(row: DocumentRow): Document {
  return {
    contents: row.contents,
    contentType: row.content_type,
    etag: row.etag,
    updated: asInstant(safeInteger(row.updated)),
  }
}
