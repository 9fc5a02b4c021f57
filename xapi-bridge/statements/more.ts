import { createHmac } from 'node:crypto'
import type { Id } from '../../foundation/ids.ts'
import { BadRequest } from '../errors.ts'
import { isSameHash } from '../sources/credential.ts'
import type { Place } from './find.ts'
import type { Filter, Format } from './query.ts'

/** Everything the next page needs. */
export interface Page {
  filter: Filter
  format: Format
  attachments: boolean
  from: Place
}

/** A page as an opaque token, signed and bound to the store: nobody can look elsewhere with it. */
export function tokenOf(page: Page, storeId: Id, secret: string): string {
  const body = Buffer.from(JSON.stringify(page)).toString('base64url')
  return `${body}.${signatureOf(body, storeId, secret).toString('base64url')}`
}

/** The page that a token stands for. Throws BadRequest for one that is not ours or of another store. */
export function pageOf(token: string, storeId: Id, secret: string): Page {
  const [body = '', signature = ''] = token.split('.')
  if (!isSameHash(Buffer.from(signature, 'base64url'), signatureOf(body, storeId, secret)))
    throw new BadRequest('this more link is not valid here')
  return JSON.parse(Buffer.from(body, 'base64url').toString())
}

function signatureOf(body: string, storeId: Id, secret: string): Buffer {
  return createHmac('sha256', secret).update(`more ${storeId} ${body}`).digest()
}
