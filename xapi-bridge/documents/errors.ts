import { ExpectedError } from '../../foundation/errors.ts'

/** How large one document may be, in bytes; merged documents too. */
export const largestDocument = 5 * 1024 * 1024

/** A document that this store does not have. */
export class NoSuchDocument extends ExpectedError {
  readonly kind = 'missing'
  readonly code = 'document-unknown'
  override message = 'there is no such document here'
}

/** A PUT over a document that the sender may not know of (xAPI 1.0.3, Communication 3.1; under 2.0.0 for states too). */
export class DocumentExists extends ExpectedError {
  readonly kind = 'conflict'
  readonly code = 'document-exists'
  override message =
    'a document with this id exists and was not changed; read it, then send the ETag of that answer as If-Match'
}

/** `If-Match` or `If-None-Match` does not hold. Nothing was changed. */
export class PreconditionFailed extends ExpectedError {
  readonly kind = 'outdated'
  readonly code = 'precondition-failed'
  override message =
    'the document is not in the state that If-Match or If-None-Match asks for; nothing was changed'
}

/** A POST that cannot be merged. Nothing was changed. */
export class NotMergeable extends ExpectedError {
  readonly kind = 'invalid'
  readonly code = 'document-not-mergeable'
  override message = 'only JSON objects with content type application/json can be merged; nothing was changed'
}

/** A document beyond `largestDocument`, alone or after it was merged. Nothing was changed. */
export class DocumentTooLarge extends ExpectedError {
  readonly kind = 'too_large'
  readonly code = 'document-too-large'
  override message = `a document has at most ${largestDocument} bytes; nothing was changed`
}

/** An identity number in a document or in what names it. Nothing was changed. */
export class IdentityNumberInDocument extends ExpectedError {
  readonly kind = 'invalid'
  readonly code = 'pii-in-document'
  override message = 'an identity number may not be sent here; nothing was stored'
}
