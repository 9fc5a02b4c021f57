import type { Id } from '../../foundation/ids.ts'
import type { Version } from '../language/version.ts'
import type { Prepared } from './prepare.ts'

/** The statements of one request, on their way into the database together. */
export interface Writing {
  sourceId: Id
  storeId: Id
  credentialId: Id
  version: Version
  statements: Prepared[]
  /** Whether statements in conflict are left out silently instead of refusing the request. */
  quiet: boolean
  /** The installations that they came by, as a source says that is believed; absent where there is nothing to note. */
  hops?: string
}

/** One statement with its place in the sequence. */
export interface Row {
  seq: number
  writing: Writing
  statement: Prepared
  receipt: Id
}

/** One row of `statement_ref`. */
export interface Reference {
  /** Hexadecimal digits. */
  key: string
  seq: number
}
