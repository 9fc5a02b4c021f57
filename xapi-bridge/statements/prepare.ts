import { hash } from 'node:crypto'
import { type Id, newId } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { Fault } from '../language/faults.ts'
import { guardStatement } from '../language/identity-guard.ts'
import { type Cut, scan } from '../language/scan.ts'
import { relations, type Statement } from '../language/statement.ts'
import { microsecondsOf } from '../language/timestamp.ts'
import { repeatedProperties } from '../language/tree.ts'
import { validateStatement, voidedVerb } from '../language/validate.ts'
import type { Version } from '../language/version.ts'
import { flag } from './flags.ts'
import { definedActivities, referenceKeys } from './reference.ts'

/** How many statements one request may hold. */
export const mostStatements = 5000

/** A statement that is valid and ready to be written: everything but its place in the sequence is settled. */
export interface Prepared {
  /** Lower-case. Fixed before the first attempt to write, so that an unknown outcome can be tried again. */
  id: Id
  /** Whether the sender chose the id: only then can it be here already. */
  idSent: boolean
  /** Exactly the bytes received, as the text they are in UTF-8. */
  text: string
  /** Of those bytes, in hexadecimal digits. */
  sha256: string
  /** Null where no timestamp was sent: the time of storing will stand for it. */
  occurred: Instant | null
  flags: number
  /** Keys of its reference rows, in hexadecimal digits. */
  references: string[]
  /** The statement that its object names, in lower case; null for other objects. */
  target: Id | null
  definitions: { activityId: string; definition: string }[]
}

/** What a body holds, ready to be written, or everything that is wrong with it. */
export type Preparation = { statements: Prepared[]; faults: [] } | { statements: null; faults: Fault[] }

/** How a body is to be read. */
export interface Reading {
  storeId: Id
  version: Version
  guard: 'block' | 'off'
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
  scanned.cuts.forEach((cut, index) => {
    const one = prepareOne(body, cut, index, reading, faults)
    if (!one) return
    if (seen.has(one.id)) faults.push({ index, pointer: '/id', code: 'repeated-id' })
    seen.add(one.id)
    statements.push(one)
  })
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
  const text = body.toString('utf8', cut.start, cut.end)
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
    for (const pointer of repeatedProperties(text)) faults.push({ index, pointer, code: 'repeated-property' })
  const guarded = cut.suspicious && reading.guard === 'block' ? guardStatement(parsed, text, index) : null
  if (guarded) faults.push(...guarded.faults)
  if (faults.length > before) return null

  const statement = parsed as Statement
  checkAddressed(statement, index, reading, faults)
  if (faults.length > before) return null
  const sentId = (statement.id ?? reading.statementId)?.toLowerCase()
  const id = sentId ?? newId()
  return {
    ...described(statement, reading),
    id,
    idSent: sentId !== undefined,
    text,
    sha256: hash('sha256', text),
    flags: flagsOf(statement) | (guarded?.mobileShape ? flag.mobileShape : 0),
  }
}

/** What depends on how the statement was sent: the id in the address of a PUT, attachments without their bytes. */
function checkAddressed(statement: Statement, index: number, reading: Reading, faults: Fault[]): void {
  const { statementId } = reading
  if (statementId && statement.id && statement.id.toLowerCase() !== statementId.toLowerCase())
    faults.push({ index, pointer: '/id', code: 'id-mismatch' })
  const ofSub = statement.object.objectType === 'SubStatement' ? statement.object.attachments : undefined
  statement.attachments?.forEach(({ fileUrl }, n) => {
    if (!fileUrl) faults.push({ index, pointer: `/attachments/${n}/fileUrl`, code: 'attachment-missing' })
  })
  ofSub?.forEach(({ fileUrl }, n) => {
    if (!fileUrl)
      faults.push({ index, pointer: `/object/attachments/${n}/fileUrl`, code: 'attachment-missing' })
  })
}

function described(
  statement: Statement,
  { storeId, version }: Reading,
): Pick<Prepared, 'occurred' | 'references' | 'target' | 'definitions'> {
  const { object } = statement
  return {
    occurred:
      statement.timestamp === undefined ? null : (microsecondsOf(statement.timestamp, version) as Instant),
    references: referenceKeys(storeId, statement),
    target: object.objectType === 'StatementRef' ? object.id.toLowerCase() : null,
    definitions: definedActivities(statement).map((activity) => ({
      activityId: activity.id,
      definition: JSON.stringify(activity.definition),
    })),
  }
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
