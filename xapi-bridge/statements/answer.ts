import type { Instant } from '../../foundation/time.ts'
import { isoOf } from '../../foundation/time.ts'
import type { Version } from '../language/version.ts'
import type { Caller } from '../sources/authenticate.ts'

/** A request of the protocol, free of any server: so the alternate request syntax can make one too. */
export interface XapiRequest {
  method: string
  /** Query parameters; one that came twice is in `repeated`. */
  params: ReadonlyMap<string, string>
  repeated: boolean
  /** By lower-case name. */
  headers: Readonly<Record<string, string | undefined>>
  body: Buffer
  caller: Caller
  version: Version
}

/** What is answered. Headers by their usual spelling. */
export interface XapiAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

/** An answer in JSON. */
export function jsonAnswer(body: string, headers: Record<string, string> = {}): XapiAnswer {
  return { status: 200, headers: { 'Content-Type': 'application/json', ...headers }, body }
}

/** The header that says up to when everything stored can be seen. */
export function consistentThrough(watermark: Instant): Record<string, string> {
  return { 'X-Experience-API-Consistent-Through': isoOf(watermark) }
}
