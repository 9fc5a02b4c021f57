import { hash } from 'node:crypto'
import { type Id, newId } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { type Fault, mostFaults } from '../language/faults.ts'
import { guardStatement, hideInPointer } from '../language/identity-guard.ts'
import { type Cut, scan } from '../language/scan.ts'
import { type Attachment, relations, type Statement } from '../language/statement.ts'
import { microsecondsOf } from '../language/timestamp.ts'
import { repeatedProperties } from '../language/tree.ts'
import { validateStatement, voidedVerb } from '../language/validate.ts'
import type { Version } from '../language/version.ts'
import { flag } from './flags.ts'
import { definedActivities, referenceKeys } from './reference.ts'
import type { StatementSeal } from './sealed.ts'

/** How many statements one request may hold. */
export const mostStatements = 5000

/** A statement that is valid and ready to be written: everything but its place in the sequence is settled. */
export interface Prepared {
  /** Lower-case. Fixed before the first attempt to write, so that an unknown outcome can be tried again. */
  id: Id
  /** Whether the sender chose the id: only then can it be here already. */
  idSent: boolean
  /** What is stored: exactly the bytes received, as the text they are in UTF-8; sealed where the guard says so. */
  text: string
  /** The bytes of `text`. */
  bytes: Buffer
  /** Of the bytes received, in hexadecimal digits. */
  sha256: string
  /** Where `text` is sealed: what it hides, and how an earlier sealed text of this id is read (null if it does not open). */
  sealed: { plain: string; open(sealed: string): string | null } | null
  /** Null where no timestamp was sent: the time of storing will stand for it. */
  occurred: Instant | null
  flags: number
  /** Keys of its reference rows, in hexadecimal digits. */
  references: string[]
  /** The statement that its object names, in lower case; null for other objects. */
  target: Id | null
  definitions: { activityId: string; definition: string }[]
  /** Attachments whose bytes came, by their place. */
  attachments: AttachedBytes[]
  /** An attachment says that it is a signature. */
  claimsSignature: boolean
}

/** One attachment of a statement whose bytes are here. */
export interface AttachedBytes {
  /** Counted from 0: attachments of the statement, then those of its SubStatement. */
  n: number
  /** In lower-case hexadecimal digits. */
  sha2: string
}

/** What a body holds, ready to be written, or everything that is wrong with it. */
export type Preparation = { statements: Prepared[]; faults: [] } | { statements: null; faults: Fault[] }

/** How a body is to be read. */
export interface Reading {
  storeId: Id
  version: Version
  guard: 'block' | 'seal' | 'off'
  /** What the guard `seal` seals with; without it that guard blocks. */
  seal?: StatementSeal
  /** Whether the sender may say what activities are called (scope `define`); yes where it is not said. */
  defines?: boolean
  /** Bytes that came with the statements, by their SHA-2 in lower-case hexadecimal digits. */
  parts?: ReadonlyMap<string, Uint8Array>
  /** Takes attachments whose `length` is not that of their bytes: the conformance suite sends such, their hash being right. */
  anyLength?: boolean
  /** One statement alone, as PUT sends it. */
  single?: boolean
  /** The id that a PUT names. */
  statementId?: string
}

/** Reads, checks and takes apart a body of statements. All or nothing: one fault anywhere and none is written. */
export function prepare(body: Buffer, reading: Reading): Preparation {
  const scanned = scan(body)
  if (scanned.form === 'unreadable') return refused([{ index: 0, pointer: '', code: scanned.code }])
  if (reading.single && scanned.form !== 'single')
    return refused([{ index: 0, pointer: '', code: 'wrong-type' }])
  if (scanned.cuts.length > mostStatements)
    return refused([{ index: 0, pointer: '', code: 'too-many-statements' }])

  const faults: Fault[] = []
  const seen = new Set<Id>()
  const statements: Prepared[] = []
  for (const [index, cut] of scanned.cuts.entries()) {
    // With as many as are noted a fault of the next one would go unseen, and it would be taken for valid.
    if (faults.length >= mostFaults) break
    const one = prepareOne(body, cut, index, reading, faults)
    if (!one) continue
    if (seen.has(one.id)) faults.push({ index, pointer: '/id', code: 'repeated-id' })
    seen.add(one.id)
    statements.push(one)
  }
  return faults.length > 0 ? refused(faults) : { statements, faults: [] }
}

function refused(faults: Fault[]): Preparation {
  return { statements: null, faults }
}

function prepareOne(
  body: Buffer,
  cut: Cut,
  index: number,
  reading: Reading,
  faults: Fault[],
): Prepared | null {
  const bytes = body.subarray(cut.start, cut.end)
  const text = bytes.toString()
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    faults.push({ index, pointer: '', code: 'invalid-json' })
    return null
  }
  const before = faults.length
  validateStatement(parsed, reading.version, index, faults)
  if (countMembers(parsed) !== cut.members)
    for (const pointer of repeatedProperties(text).slice(0, mostFaults))
      faults.push({ index, pointer: hideInPointer(pointer), code: 'repeated-property' })
  const guarded = cut.suspicious && reading.guard !== 'off' ? guardStatement(parsed, text, index) : null
  if (guarded && !(reading.guard === 'seal' && reading.seal))
    for (const fault of guarded.faults) faults.push(fault)
  if (faults.length > before) return null

  const statement = parsed as Statement
  checkAddressed(statement, index, reading, faults)
  const attachments = attachedTo(statement, index, reading, faults)
  if (faults.length > before) return null
  const sentId = (statement.id ?? reading.statementId)?.toLowerCase()
  const id = sentId ?? newId()
  const { object } = statement
  // One literal, not a spread: this is made for every statement, and a spread costs as much as parsing it.
  const prepared: Prepared = {
    occurred: occurredOf(statement, reading.version),
    references: referenceKeys(reading.storeId, statement),
    target: object.objectType === 'StatementRef' ? object.id.toLowerCase() : null,
    definitions: reading.defines === false ? noDefinitions : definitionsOf(statement),
    id,
    idSent: sentId !== undefined,
    text,
    bytes,
    sha256: hash('sha256', bytes),
    sealed: null,
    flags:
      flagsOf(statement) |
      (guarded?.mobileShape ? flag.mobileShape : 0) |
      (attachments.length > 0 ? flag.attached : 0),
    attachments,
    claimsSignature: statement.attachments?.some(({ usageType }) => usageType === signatureUsage) ?? false,
  }
  return guarded && guarded.faults.length > 0 ? sealed(prepared, reading, guarded.faults, faults) : prepared
}

/** The largest text that a row takes. */
const largestText = 6 * 1024 * 1024

/**
 * The statement as it is stored when nobody may read it: nothing finds it, and it names no activity. What it voids or
 * refers to is an id and stays. Bytes are not sealed (a signature repeats the statement), so with them it is refused.
 */
function sealed(prepared: Prepared, { seal }: Reading, found: Fault[], faults: Fault[]): Prepared | null {
  const { id, text: plain, attachments } = prepared
  const text = attachments.length === 0 ? seal?.close(plain, id) : undefined
  if (!seal || text === undefined || text.length > largestText) {
    faults.push(...found)
    return null
  }
  return {
    ...prepared,
    text,
    bytes: Buffer.from(text),
    sealed: { plain, open: (earlier) => seal.open(earlier, id) },
    flags: prepared.flags | flag.sealed,
    references: [],
    definitions: [],
  }
}

/** What depends on how the statement was sent: the id in the address of a PUT. */
function checkAddressed(statement: Statement, index: number, reading: Reading, faults: Fault[]): void {
  const { statementId } = reading
  if (statementId && statement.id && statement.id.toLowerCase() !== statementId.toLowerCase())
    faults.push({ index, pointer: '/id', code: 'id-mismatch' })
}

/** An attachment with this usage signs the statement it stands in (xAPI Data 2.6). */
export const signatureUsage = 'http://adlnet.gov/expapi/attachments/signature'

const noAttachments: AttachedBytes[] = []

/** How many attachments one statement may have, those of its SubStatement among them: they are counted in two bytes. */
const mostAttachments = 10_000

/** Attachments whose bytes came along; each of the others needs an address where its bytes are. */
function attachedTo(
  statement: Statement,
  index: number,
  { parts, anyLength }: Reading,
  faults: Fault[],
): AttachedBytes[] {
  const { attachments, object } = statement
  const ofSub = object.objectType === 'SubStatement' ? object.attachments : undefined
  if (!attachments && !ofSub) return noAttachments
  const own = attachments?.length ?? 0
  if (own + (ofSub?.length ?? 0) > mostAttachments) {
    faults.push({ index, pointer: '/attachments', code: 'too-many-attachments' })
    return noAttachments
  }
  const attached: AttachedBytes[] = []
  const take = ({ sha2, length, fileUrl }: Attachment, n: number, pointer: string): void => {
    const bytes = parts?.get(sha2.toLowerCase())
    if (bytes) attached.push({ n, sha2: sha2.toLowerCase() })
    if (bytes && bytes.length !== length && !anyLength)
      faults.push({ index, pointer: `${pointer}/length`, code: 'attachment-length' })
    if (!bytes && !fileUrl) faults.push({ index, pointer: `${pointer}/fileUrl`, code: 'attachment-missing' })
  }
  attachments?.forEach((one, n) => {
    take(one, n, `/attachments/${n}`)
  })
  ofSub?.forEach((one, n) => {
    take(one, own + n, `/object/attachments/${n}`)
  })
  return attached
}

const noDefinitions: Prepared['definitions'] = []

/** A longer definition stays in its statement, and does not change what the activity is called. */
const largestDefinition = 256 * 1024

function occurredOf({ timestamp }: Statement, version: Version): Instant | null {
  return timestamp === undefined ? null : (microsecondsOf(timestamp, version) as Instant)
}

function definitionsOf(statement: Statement): Prepared['definitions'] {
  return definedActivities(statement)
    .map((activity) => ({ activityId: activity.id, definition: JSON.stringify(activity.definition) }))
    .filter(({ definition }) => definition.length <= largestDefinition)
}

function flagsOf(statement: Statement): number {
  let flags = 0
  if (statement.verb.id === voidedVerb) flags |= flag.voiding
  if (statement.timestamp === undefined) flags |= flag.timestampAssumed
  if (statement.id === undefined) flags |= flag.idAssigned
  if (statement.version === undefined) flags |= flag.versionAssumed
  if (statement.object.objectType === 'StatementRef') flags |= flag.refers
  if (isIrregular(statement)) flags |= flag.irregular
  return flags
}

function isIrregular(statement: Statement): boolean {
  if (statement.stored !== undefined || statement.authority !== undefined) return true
  if (hasSingleActivity(statement.context?.contextActivities)) return true
  return (
    statement.object.objectType === 'SubStatement' &&
    hasSingleActivity(statement.object.context?.contextActivities)
  )
}

function hasSingleActivity(activities: NonNullable<Statement['context']>['contextActivities']): boolean {
  return (
    activities !== undefined && relations.some((name) => activities[name] && !Array.isArray(activities[name]))
  )
}

/** Members of all objects in a parsed value. Fewer than in its text means that some property came twice. */
function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const entry of value) if (typeof entry === 'object') count += countMembers(entry)
    return count
  }
  for (const key in value) {
    const entry = (value as Record<string, unknown>)[key]
    count += typeof entry === 'object' ? 1 + countMembers(entry) : 1
  }
  return count
}
