import type { Version } from '../language/version.ts'
import type { Caller } from '../sources/authenticate.ts'

/** The methods of xAPI that a resource may answer; HEAD is GET without its body. */
export type Method = 'GET' | 'PUT' | 'POST' | 'DELETE'

/** A request of the protocol, free of any server: the alternate request syntax makes the same. */
export interface XapiRequest {
  method: Method
  /** Query parameters; of one that came twice the first, and `repeated` says so. */
  params: ReadonlyMap<string, string>
  repeated: boolean
  /** By lower-case name. */
  headers: Readonly<Record<string, string | undefined>>
  body: Buffer
  caller: Caller
  version: Version
}

/** What is answered. Headers by their usual spelling. Bytes that must arrive as stored are given as a Buffer. */
export interface XapiAnswer {
  status: number
  headers: Record<string, string>
  body: string | Buffer
}

/** Answers one method of one resource. Refuses by throwing an ExpectedError. */
export type Handler = (request: XapiRequest) => Promise<XapiAnswer>

/** A resource of xAPI: where it is, and what answers which method. */
export type Resource = {
  /** Below `/xapi`. */
  path: string
  /** How large a body may be, in bytes. */
  bodyLimit?: number
  /** Headers of every answer, refusals too. What a handler sets itself goes before them. */
  always?: () => Promise<Record<string, string>>
} & (
  | { isOpen?: false; methods: Partial<Record<Method, Handler>> }
  /** One that needs neither a credential nor a version header. */
  | { isOpen: true; methods: Partial<Record<Method, () => Promise<XapiAnswer>>> }
)

/** An answer in JSON. */
export function jsonAnswer(body: string, headers: Record<string, string> = {}): XapiAnswer {
  return { status: 200, headers: { 'Content-Type': 'application/json', ...headers }, body }
}

/** An answer without content. */
export function emptyAnswer(headers: Record<string, string> = {}): XapiAnswer {
  return { status: 204, headers, body: '' }
}
