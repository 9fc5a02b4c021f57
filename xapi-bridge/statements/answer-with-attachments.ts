import { randomBytes } from 'node:crypto'
import { safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { multipartBody } from '../language/multipart.ts'
import type { Attachment, Statement } from '../language/statement.ts'
import type { XapiAnswer } from '../protocol/exchange.ts'
import { type Attached, attachedTo, bytesOf } from './attachments.ts'
import type { StatementRow } from './read.ts'

/**
 * As many of these rows, from the first on, as one answer holds with their attachments: bytes that several share count
 * once. At least one row, however much it brings.
 */
export async function rowsWithin(
  handle: Handle,
  rows: StatementRow[],
  mostBytes: number,
): Promise<StatementRow[]> {
  const attached = await attachedTo(handle, rows)
  const seen = new Set<string>()
  let bytes = 0
  const beyond = rows.findIndex(({ seq }, n) => {
    for (const { sha2, length } of attached.get(safeInteger(seq)) ?? []) {
      if (!seen.has(sha2)) bytes += length
      seen.add(sha2)
    }
    return n > 0 && bytes > mostBytes
  })
  return beyond < 0 ? rows : rows.slice(0, beyond)
}

/**
 * An answer in `multipart/mixed`: what would be answered without attachments, then one part for each hash, however many
 * statements share it (xAPI Communication 1.5.2). Readers take the boundary as it stands, so it has no quotes and is the
 * only parameter.
 */
export async function multipartAnswer(
  handle: Handle,
  storeId: Id,
  rows: StatementRow[],
  json: string,
  headers: Record<string, string>,
): Promise<XapiAnswer> {
  const parts: { headers: string[]; body: Buffer }[] = [
    { headers: ['Content-Type: application/json'], body: Buffer.from(json) },
  ]
  for (const { sha2, contentType } of await declaredBy(handle, rows)) {
    const body = await bytesOf(handle, storeId, sha2)
    if (body) parts.push({ headers: headersOf(sha2, contentType), body })
  }
  const boundary = `xueshi-${randomBytes(16).toString('hex')}`
  return {
    status: 200,
    headers: {
      'Content-Type': `multipart/mixed; boundary=${boundary}`,
      'X-Content-Type-Options': 'nosniff',
      ...headers,
    },
    body: multipartBody(boundary, parts),
  }
}

/** Each hash once, with the type that the first statement gives it. */
async function declaredBy(
  handle: Handle,
  rows: StatementRow[],
): Promise<{ sha2: string; contentType: string }[]> {
  const attached = await attachedTo(handle, rows)
  const declared = new Map<string, string>()
  for (const row of rows) {
    const here = attached.get(safeInteger(row.seq))
    if (here) declare(here, JSON.parse(row.raw.toString()) as Statement, declared)
  }
  return [...declared].map(([sha2, contentType]) => ({ sha2, contentType }))
}

function declare(here: Attached[], { attachments = [], object }: Statement, into: Map<string, string>): void {
  const ofSub: Attachment[] = object.objectType === 'SubStatement' ? (object.attachments ?? []) : []
  const all = [...attachments, ...ofSub]
  for (const { n, sha2 } of here) if (!into.has(sha2)) into.set(sha2, all[n]?.contentType ?? '')
}

function headersOf(sha2: string, contentType: string): string[] {
  // What a client calls the type becomes a header line here, so it must not be able to begin another.
  const type = /^[\x20-\x7e]+$/.test(contentType) ? contentType : 'application/octet-stream'
  return [`Content-Type: ${type}`, 'Content-Transfer-Encoding: binary', `X-Experience-API-Hash: ${sha2}`]
}
