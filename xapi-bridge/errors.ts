import { ExpectedError, type Fault as ProblemFault } from '../foundation/errors.ts'
import { type Fault, faultCodes } from './language/faults.ts'

/** How many faults one answer names at most. */
const mostFaults = 100

/** Faults as an answer shows them: index, place, stable code and what to do; never a value that was sent. */
export function shownFaults(faults: Fault[], ids: (string | undefined)[] = []): ProblemFault[] {
  return faults.slice(0, mostFaults).map(({ index, pointer, code }) => {
    const id = ids[index]
    return { index, ...(id ? { statement_id: id } : {}), pointer, code, detail: faultCodes[code] }
  })
}

/** A request whose statements are not valid. Nothing of it was stored. */
export class InvalidStatements extends ExpectedError {
  readonly kind = 'invalid'
  readonly code = 'invalid-statements'
  override message = 'the statements are not valid; nothing was stored'
  override readonly errors: ProblemFault[]
  readonly receipt: string
  constructor(errors: ProblemFault[], receipt: string) {
    super()
    this.errors = errors
    this.receipt = receipt
  }
}

/** A request with a statement whose id is known with other content. Nothing of it was stored. */
export class StatementConflict extends ExpectedError {
  readonly kind = 'conflict'
  readonly code = 'statement-conflict'
  override message = 'a statement with this id is stored already, with other content; nothing was stored'
  override readonly errors: ProblemFault[]
  readonly receipt: string
  constructor(errors: ProblemFault[], receipt: string) {
    super()
    this.errors = errors
    this.receipt = receipt
  }
}

/** A request that breaks a rule of the protocol, not of a statement: a parameter, a header, a content type. */
export class BadRequest extends ExpectedError {
  readonly kind = 'invalid'
  readonly code = 'invalid-xapi-request'
  constructor(message: string) {
    super(message)
  }
}

/** A request of statements larger than what is taken at once. */
export class TooLarge extends ExpectedError {
  readonly kind = 'too_large'
  readonly code = 'too-large'
  override message = 'the request is larger than allowed'
}

/** A body that was compressed. Stored so, it would come back as something that nobody can read. */
export class EncodedBody extends ExpectedError {
  readonly kind = 'unsupported'
  readonly code = 'encoding-unsupported'
  override message = 'a body is taken as it is, without Content-Encoding'
}

/** A method that a resource does not have. */
export class MethodNotAllowed extends ExpectedError {
  readonly kind = 'unfit_method'
  readonly code = 'method-not-allowed'
  override message = 'this address does not take this method'
  /** The methods that it takes, as the header `Allow` lists them. */
  readonly allow: string
  constructor(allow: string) {
    super()
    this.allow = allow
  }
}

/** A request without a known credential. */
export class NotAuthenticated extends ExpectedError {
  readonly kind = 'unauthenticated'
  readonly code = 'credential-unknown'
  override message = 'the key or the secret is not known'
}

/** A webhook that its platform would have signed, and that is not signed rightly. */
export class WebhookUnsigned extends ExpectedError {
  readonly kind = 'unauthenticated'
  readonly code = 'webhook-unsigned'
  constructor(message: string) {
    super(message)
  }
}

/** A known source that may not do this. */
export class NotPermitted extends ExpectedError {
  readonly kind = 'forbidden'
  readonly code = 'scope-missing'
  override message = 'this credential does not permit that'
}

/** A request with a statement about an actor outside the namespaces of its source, which refuses those. Nothing was stored. */
export class OutsideNamespace extends ExpectedError {
  readonly kind = 'forbidden'
  readonly code = 'actor-out-of-namespace'
  override message = 'the source may not report this actor; nothing was stored'
  override readonly errors: ProblemFault[]
  readonly receipt: string
  constructor(errors: ProblemFault[], receipt: string) {
    super()
    this.errors = errors
    this.receipt = receipt
  }
}

/** Whether a refused request is kept, so that its receipt can be asked for. */
export function isKept(error: unknown): error is InvalidStatements | StatementConflict | OutsideNamespace {
  return (
    error instanceof InvalidStatements ||
    error instanceof StatementConflict ||
    error instanceof OutsideNamespace
  )
}

/** More than a source or an address may ask now. Nothing was stored. */
export class TooMany extends ExpectedError {
  readonly kind = 'limited'
  readonly code = 'rate-limited'
  override message = 'that is more than is taken at once; send the same bytes again later'
  override readonly retryAfterSeconds: number
  constructor(retryAfterSeconds: number) {
    super()
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** A statement that this store does not have, or that is voided. */
export class NoSuchStatement extends ExpectedError {
  readonly kind = 'missing'
  readonly code = 'statement-unknown'
  override message = 'there is no such statement here'
}

/** The write queue is full, or the database refused every attempt. Nothing was stored. */
export class NotStored extends ExpectedError {
  readonly kind = 'unavailable'
  readonly code = 'not-stored'
  override message = 'nothing was stored; send the same bytes again later'
  override readonly retryAfterSeconds = 2
  constructor(cause?: unknown) {
    super(undefined, { cause })
  }
}
