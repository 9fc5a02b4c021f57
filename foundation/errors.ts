/** What kind of failure a request met, in words that belong to no transport. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'missing'
  | 'gone'
  | 'unfit_method'
  | 'conflict'
  | 'outdated'
  | 'too_large'
  | 'unsupported'
  | 'limited'
  | 'unavailable'

/** One fault inside a request: where it is and what to do. Never a value of the request itself. */
export interface Fault {
  /** JSON pointer into the document, where there is one. */
  pointer?: string
  /** Position in a batch, counted from 0. */
  index?: number
  /** Stable public code of this fault. */
  code?: string
  detail: string
  [more: string]: unknown
}

/** An error that was expected and has a name. Anything else that is thrown is a defect. */
export abstract class ExpectedError extends Error {
  abstract readonly kind: ErrorKind
  /** Stable and public: clients and dashboards match on it, so it outlives any wording of `message`. */
  abstract readonly code: string
  /** Each fault by itself, where the request had several places to be wrong. */
  readonly errors: Fault[] | undefined
  /** Seconds after which the same request may succeed. */
  readonly retryAfterSeconds: number | undefined
}

/** Input of a command or file that cannot be used, with what to do about it. */
export class InvalidInput extends ExpectedError {
  readonly kind = 'invalid'
  readonly code: string
  override readonly errors: Fault[] | undefined

  constructor(code: string, message: string, errors?: Fault[]) {
    super(message)
    this.code = code
    this.errors = errors
  }
}

/** Something that was asked for by name and is not there. */
export class NotFound extends ExpectedError {
  readonly kind = 'missing'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** An act that the present state does not allow. */
export class Conflict extends ExpectedError {
  readonly kind = 'conflict'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}
