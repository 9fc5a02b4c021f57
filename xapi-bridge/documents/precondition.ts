import { PreconditionFailed } from './errors.ts'

/** The headers by which a request says what it takes for granted (RFC 9110 §13.1). */
export interface Preconditions {
  ifMatch?: string
  ifNoneMatch?: string
}

/** Reads the two headers of a request. */
export function preconditionsOf(headers: Readonly<Record<string, string | undefined>>): Preconditions {
  const [ifMatch, ifNoneMatch] = [headers['if-match'], headers['if-none-match']]
  return { ...(ifMatch !== undefined && { ifMatch }), ...(ifNoneMatch !== undefined && { ifNoneMatch }) }
}

/** Whether a request says anything about what it expects to find. */
export function isConditional({ ifMatch, ifNoneMatch }: Preconditions): boolean {
  return ifMatch !== undefined || ifNoneMatch !== undefined
}

/** Throws PreconditionFailed unless the document of this tag, or that there is none (null), is what was expected. */
export function requireExpected({ ifMatch, ifNoneMatch }: Preconditions, etag: string | null): void {
  if (ifMatch !== undefined && !names(ifMatch, etag)) throw new PreconditionFailed()
  if (ifNoneMatch !== undefined && names(ifNoneMatch, etag)) throw new PreconditionFailed()
}

/**
 * Whether the value of one of the headers names the document of this tag; null for no document, which nothing names.
 *
 * A tag without quotes counts: content that computes the SHA-1 by itself sends it bare. A weak one counts too, since
 * ours never are: a proxy that compresses has weakened it, and the digest still names exactly these bytes.
 */
export function names(header: string, etag: string | null): boolean {
  if (etag === null) return false
  return header.split(',').some((part) => {
    const tag = part.trim()
    return tag === '*' || tag.replace(/^W\//, '').replace(/^"(.*)"$/, '$1') === etag
  })
}
