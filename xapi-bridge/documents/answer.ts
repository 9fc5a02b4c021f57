import { hash } from 'node:crypto'
import type { Instant } from '../../foundation/time.ts'
import { isMediaType } from '../language/terms.ts'
import type { XapiAnswer, XapiRequest } from '../protocol/exchange.ts'
import { names } from './precondition.ts'

/** What is shown of a document, a list of them or anything made from what is stored. */
export interface Shown {
  body: string | Buffer
  contentType: string
  /** When it last changed, if that is known. */
  updated?: Instant | null
}

/** Whether a content type can stand in a header of an answer. A form of the alternate syntax can say what no header may hold. */
export function isServable(contentType: string): boolean {
  return contentType.length <= 255 && /^[\x20-\x7e]+$/.test(contentType) && isMediaType(contentType)
}

/**
 * Answers a GET with a strong ETag: SHA-1 of the bytes, lower-case hexadecimal, in quotes (xAPI 1.0.3, Communication
 * 3.1). 304 for who has these bytes already.
 */
export function shownTo({ headers }: Pick<XapiRequest, 'headers'>, shown: Shown): XapiAnswer {
  const { body, contentType, updated } = shown
  const etag = hash('sha1', body)
  const about: Record<string, string> = {
    ETag: `"${etag}"`,
    // Without it a browser may guess from Last-Modified that a state is still fresh.
    'Cache-Control': 'private, no-cache',
  }
  if (updated != null) about['Last-Modified'] = new Date(updated / 1000).toUTCString()
  const known = headers['if-none-match']
  if (known !== undefined && names(known, etag)) return { status: 304, headers: about, body: '' }
  return {
    status: 200,
    headers: {
      // Earlier versions took any type, and what they stored is still read.
      'Content-Type': isServable(contentType) ? contentType : 'application/octet-stream',
      ...about,
      // Content chose these bytes and their type: a browser must not run them as a page of ours.
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': "sandbox; default-src 'none'",
    },
    body,
  }
}

/** Answers a GET with JSON of ours. */
export function jsonShownTo(request: XapiRequest, value: unknown, updated?: Instant | null): XapiAnswer {
  return shownTo(request, {
    body: JSON.stringify(value),
    contentType: 'application/json',
    updated: updated ?? null,
  })
}
