import { idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import type { Fault } from '../language/faults.ts'
import { uuidText } from '../language/uuid.ts'
import type { Version } from '../language/version.ts'
import { versionCode } from '../statements/flags.ts'

/** How a request came: as xAPI, or through an adapter that makes statements of something else. */
export type Via = 'push' | '360learning'

/** open: nobody has decided · mended: its statements were replayed · dismissed: a person set it aside, with a reason. */
export const inputStates = ['open', 'mended', 'dismissed'] as const

/** One of `inputStates`; their places in the list are what the database keeps. */
export type InputState = (typeof inputStates)[number]

/** A request whose content was refused, as it came. */
export interface Refused {
  sourceId: Id
  receivedAt: Instant
  /** The answer it got. */
  status: number
  method: string
  version: Version
  via: Via
  /** The id that the address of a PUT names. */
  addressId: Id | null
  /** Of the request; those that matter are kept. */
  headers: Readonly<Record<string, string | undefined>>
  body: Buffer
  faults: Fault[]
}

/** A refused request as it is kept. */
export interface RejectedInput extends Omit<Refused, 'headers'> {
  /** Also the receipt that the sender was given. */
  id: Id
  /** The headers that matter, none of them secret. */
  headers: Record<string, string>
  contentType: string
  /** Bytes that came; more than `body` has where it was cut. */
  bodyLength: number
  /** Identity numbers in it were starred out. */
  isMasked: boolean
  state: InputState
  /** Who decided, when and why; null while it is open. */
  settled: { at: Instant; by: string; reason: string } | null
}

/** Whether the body is longer than what is kept of one. */
export function isCut({ body, bodyLength }: Pick<RejectedInput, 'body' | 'bodyLength'>): boolean {
  return bodyLength > body.length
}

/** The value of a row of `rejected_input`. */
export function inputOf(row: Record<string, unknown>): RejectedInput {
  const body = row.body as Buffer
  return {
    id: idText(row.rejected_id as Buffer),
    sourceId: idText(row.source_id as Buffer),
    receivedAt: asInstant(safeInteger(row.received_at)),
    status: row.status as number,
    method: row.method as string,
    contentType: row.content_type as string,
    version: row.version === versionCode['2.0.0'] ? '2.0.0' : '1.0.3',
    via: row.via as Via,
    addressId: row.address_id ? uuidText(row.address_id as Buffer) : null,
    headers: row.headers ? JSON.parse((row.headers as Buffer).toString()) : {},
    body,
    // What was kept before lengths were: it is what came, or was cut at the limit of then.
    bodyLength: Math.max(safeInteger(row.body_length), body.length),
    isMasked: row.masked === 1,
    faults: JSON.parse((row.errors as Buffer).toString()),
    state: inputStates[row.state as number] ?? 'open',
    settled:
      row.settled_at === null
        ? null
        : {
            at: asInstant(safeInteger(row.settled_at)),
            by: (row.settled_by as string | null) ?? '',
            reason: (row.settled_reason as string | null) ?? '',
          },
  }
}
