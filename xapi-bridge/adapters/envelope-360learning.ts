import type { Id } from '../../foundation/ids.ts'
import { derivedId } from '../../foundation/ids.ts'
import { asInstant, isoOf } from '../../foundation/time.ts'
import type { Fault } from '../language/faults.ts'
import { scan } from '../language/scan.ts'
import { isIri, isMailbox, isUuid } from '../language/terms.ts'
import { microsecondsOf } from '../language/timestamp.ts'
import type { Source } from '../sources/source.ts'

/** What reading an envelope needs beside its bytes. */
export interface EnvelopeReading {
  /** By lower-case name; `webhook-id` and `webhook-timestamp` are read. */
  headers: Readonly<Record<string, string | undefined>>
  source: Pick<Source, 'id' | 'actorHomePages'>
  /** Base of our own IRIs, ends with /. */
  iriBase: string
}

type Members = Record<string, unknown>

const namespace = '3f2b7c52-5f0c-5d59-8f0e-6a7a1c1b9f44'
/** Milliseconds since 1970 that every instant of ours can hold, and its microseconds as a safe integer: to the year 2255. */
const latest = 9_000_000_000_000
/** Verbs that begin something: for them the time of the start is the time of the event. */
const beginning = /\/(?:initialized|launched|started|attempted|registered|enrolled)$/i

/**
 * Makes a statement of what 360Learning's webhook for xAPI sends: the statement itself, or inside the envelope of its
 * other events (`type`, `timestamp` in milliseconds, `data`). Pure: the same request makes the same statement.
 *
 * - id: the statement's own, else derived from source and `webhook-id`, which a retry repeats.
 * - actor: a mail address gets its `mailto:`; a user name becomes an account of the source's home page.
 * - timestamp: theirs is when the activity *started*. For everything but a start, the time of the event takes its place
 *   (the envelope's, else `webhook-timestamp`), and theirs moves to the extension `started-at` of the context.
 *
 * Everything else is passed on as it came, so that the validator sees it.
 */
export function translateEnvelope(body: Buffer, on: EnvelopeReading): { text: string } | { fault: Fault } {
  let parsed: unknown
  const scanned = scan(body)
  // Nested beyond what a statement may be it could not even be written out again.
  if (scanned.form === 'unreadable' && scanned.code !== 'wrong-type') return refused(scanned.code)
  try {
    parsed = JSON.parse(body.toString())
  } catch {
    return refused('invalid-json')
  }
  const envelope = members(parsed)
  const told = envelope && statementIn(envelope)
  if (!envelope || !told) return refused('no-statement')
  const { _id: ownId, uuid, ...rest } = told
  const statement: Members = { ...rest, id: idOf({ ...rest, id: rest.id ?? uuid ?? ownId }, on, body) }
  if (told.actor !== undefined) statement.actor = actorOf(told.actor, on.source)
  const happened = happenedAt(envelope, on.headers)
  if (happened !== null && !isBeginning(told)) {
    statement.timestamp = isoOf(asInstant(happened * 1000))
    if (typeof told.timestamp === 'string' && microsecondsOf(told.timestamp, '1.0.3') !== null)
      statement.context = withStart(told.context, `${on.iriBase}extensions/started-at`, told.timestamp)
  }
  return { text: JSON.stringify(statement) }
}

function refused(code: 'invalid-json' | 'too-deep' | 'no-statement'): { fault: Fault } {
  return { fault: { index: 0, pointer: '', code } }
}

function members(value: unknown): Members | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : null
}

/** The envelope itself, what stands in `data`, or what stands in `statement` of either. */
function statementIn(envelope: Members): Members | null {
  const data = members(envelope.data)
  const places = [envelope, members(envelope.statement), data, data && members(data.statement)]
  return places.find((place) => place && place.actor !== undefined && place.verb !== undefined) ?? null
}

function idOf(statement: Members, { headers, source }: EnvelopeReading, body: Buffer): Id {
  const { id } = statement
  if (typeof id === 'string' && isUuid(id)) return id.toLowerCase()
  const event = typeof id === 'string' && id !== '' ? id : (headers['webhook-id'] ?? body.toString('latin1'))
  return derivedId(namespace, `${source.id}|${event}`)
}

function actorOf(value: unknown, { actorHomePages }: EnvelopeReading['source']): unknown {
  const actor = members(value)
  if (!actor) return value
  const { username, mail, email, ...rest } = actor
  const address = rest.mbox ?? mail ?? email
  if (typeof address === 'string') {
    const mbox = address.trim().replace(/^(?:mailto:)?/i, 'mailto:')
    if (isMailbox(mbox)) return { ...rest, mbox }
  }
  const account = members(rest.account)
  const name = account?.name ?? username
  const homePage = account?.homePage ?? actorHomePages.find((page) => isIri(page))
  if (typeof name === 'string' && typeof homePage === 'string')
    return { ...rest, account: { homePage, name } }
  return value
}

function isBeginning({ verb }: Members): boolean {
  const id = members(verb)?.id
  return typeof id === 'string' && beginning.test(id)
}

/** When the event happened, in milliseconds since 1970; null where neither envelope nor header says so. */
function happenedAt(envelope: Members, headers: EnvelopeReading['headers']): number | null {
  const { timestamp } = envelope
  if (Number.isSafeInteger(timestamp) && Math.abs(timestamp as number) <= latest) return timestamp as number
  const seconds = headers['webhook-timestamp'] ?? ''
  return /^\d{9,11}$/.test(seconds) ? Number(seconds) * 1000 : null
}

function withStart(context: unknown, extension: string, startedAt: string): unknown {
  const given = context === undefined ? {} : members(context)
  const extensions = given && (given.extensions === undefined ? {} : members(given.extensions))
  return given && extensions ? { ...given, extensions: { ...extensions, [extension]: startedAt } } : context
}
