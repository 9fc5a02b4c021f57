import { hash } from 'node:crypto'
import type { Database } from '../../foundation/database/connect.ts'
import { transact } from '../../foundation/database/transact.ts'
import { asInstant, type Clock, type Instant } from '../../foundation/time.ts'
import { BadRequest } from '../errors.ts'
import { DocumentExists, DocumentTooLarge, largestDocument, NotMergeable } from './errors.ts'
import { isJson, membersOf, merged } from './merge.ts'
import { isConditional, type Preconditions, requireExpected } from './precondition.ts'
import type { Address } from './scope.ts'
import {
  type Document,
  deleteDocument,
  insertDocument,
  lockDocument,
  type Naming,
  updateDocument,
} from './store.ts'

/** What a request wants of one document. */
export interface Wish {
  method: 'PUT' | 'POST' | 'DELETE'
  preconditions: Preconditions
  /** What a PUT may do that says nothing of what it expects to find. */
  unconditionalPut: 'replaces' | 'creates' | 'refused'
  /** What was sent; empty for DELETE. */
  contents: Buffer
  contentType: string
}

/** What shall stand there: bytes and their type; null for no document. */
type Wanted = Pick<Document, 'contents' | 'contentType'> | null

/**
 * What shall stand where `existing` stands now (null: nothing). Pure, so it can be asked again after a race. Throws
 * PreconditionFailed, DocumentExists, BadRequest, NotMergeable or DocumentTooLarge, as Communication 2.2 and 3.1 say.
 */
export function wantedBy(wish: Wish, existing: Document | null): Wanted {
  const { method, preconditions, contents, contentType } = wish
  requireExpected(preconditions, existing?.etag ?? null)
  if (method === 'DELETE') return null
  if (method === 'PUT' && !isConditional(preconditions)) requireAllowed(wish, existing)
  const wanted = method === 'POST' ? posted(wish, existing) : { contents, contentType }
  if (wanted.contents.length > largestDocument) throw new DocumentTooLarge()
  return wanted
}

function requireAllowed({ unconditionalPut }: Wish, existing: Document | null): void {
  if (existing && unconditionalPut !== 'replaces') throw new DocumentExists()
  if (!existing && unconditionalPut === 'refused')
    throw new BadRequest('a PUT of a profile needs If-Match with the ETag that was read, or If-None-Match: *')
}

function posted({ contents, contentType }: Wish, existing: Document | null): NonNullable<Wanted> {
  const isObject = isJson(contentType)
  const members = isObject ? membersOf(contents) : null
  if (isObject && !members) throw new NotMergeable()
  if (!existing) return { contents, contentType }
  const before = isJson(existing.contentType) ? membersOf(existing.contents) : null
  if (!members || !before) throw new NotMergeable()
  return { contents: merged(before, members), contentType: existing.contentType }
}

/**
 * Fulfils a wish. The row is held from reading it to writing it, so that of two merges at once neither is lost; a first
 * document is an insert, and whoever comes second there reads again and decides anew.
 */
export async function changeDocument(
  { db, now }: { db: Database; now: Clock },
  address: Address,
  naming: Naming,
  wish: Wish,
): Promise<void> {
  for (;;) {
    // A clash ends the transaction: two that wait for one new row and then both lock it would be a deadlock.
    const isDone = await transact(db, async (trx) => {
      const existing = await lockDocument(trx, address)
      const wanted = wantedBy(wish, existing)
      if (!wanted) {
        if (existing) await deleteDocument(trx, address)
        return true
      }
      const document = {
        ...wanted,
        etag: hash('sha1', wanted.contents),
        updated: later(now(), existing),
      }
      if (!existing) return insertDocument(trx, address, naming, document)
      await updateDocument(trx, address, naming, document)
      return true
    })
    if (isDone) return
  }
}

/** Never earlier than the last change, even if a clock went back: `since` would miss it. */
function later(now: Instant, existing: Document | null): Instant {
  return existing && existing.updated >= now ? asInstant(existing.updated + 1000) : now
}
