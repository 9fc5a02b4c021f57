import { Check, type Members } from './check.ts'
import { isDuration } from './duration.ts'
import type { Fault } from './faults.ts'
import { isMediaType, isSha2, isUuid } from './terms.ts'
import { isTimestamp } from './timestamp.ts'
import { checkActivity } from './validate-activity.ts'
import { checkActor, checkAuthority } from './validate-actor.ts'
import { checkContext, checkReference } from './validate-context.ts'
import { isStatementVersion, type Version } from './version.ts'

/** The verb that hides another statement. */
export const voidedVerb = 'http://adlnet.gov/expapi/verbs/voided'

const common = ['actor', 'verb', 'object', 'result', 'context', 'timestamp', 'attachments']
const statementProperties = new Set([...common, 'id', 'stored', 'authority', 'version'])
const subStatementProperties = new Set([...common, 'objectType'])
const verbProperties = new Set(['id', 'display'])
const resultProperties = new Set(['score', 'success', 'completion', 'response', 'duration', 'extensions'])
const scoreProperties = new Set(['scaled', 'raw', 'min', 'max'])
const attachmentProperties = new Set([
  'usageType',
  'display',
  'description',
  'contentType',
  'length',
  'sha2',
  'fileUrl',
])

/**
 * Adds to `faults` everything that the rules of `version` find wrong with one parsed statement; adds nothing if it is valid.
 *
 * It reads and never changes: what is stored is what came (xAPI Data 2.2–2.4, 4; for 2.0.0 IEEE 9274.1.1 §4.2). Repeated
 * properties are not visible in a parsed value; the scanner's count finds them.
 */
export function validateStatement(value: unknown, version: Version, index: number, faults: Fault[]): void {
  const c = new Check(faults, index, version)
  const statement = c.object(value, '', statementProperties)
  if (!statement) return
  if (statement.id !== undefined) c.text(statement.id, '/id', isUuid, 'invalid-uuid')
  if (statement.stored !== undefined) checkTimestamp(c, statement.stored, '/stored')
  if (statement.authority !== undefined) checkAuthority(c, statement.authority, '/authority')
  if (statement.version !== undefined)
    c.text(statement.version, '/version', (v) => isStatementVersion(v, version))
  checkSaying(c, statement, '')
  if ((statement.verb as Members | undefined)?.id === voidedVerb) {
    const object = statement.object as Members | undefined
    if (typeof object === 'object' && object?.objectType !== 'StatementRef') c.fault('/object', 'void-target')
  }
}

/** What a statement and a SubStatement have in common. */
function checkSaying(c: Check, saying: Members, path: string): void {
  if (saying.actor === undefined) c.missing(path, 'actor')
  else checkActor(c, saying.actor, `${path}/actor`, 'either')
  if (saying.verb === undefined) c.missing(path, 'verb')
  else checkVerb(c, saying.verb, `${path}/verb`)
  if (saying.object === undefined) c.missing(path, 'object')
  else checkObject(c, saying.object, `${path}/object`, path === '')
  if (saying.result !== undefined) checkResult(c, saying.result, `${path}/result`)
  if (saying.context !== undefined)
    checkContext(c, saying.context, `${path}/context`, isActivity(saying.object))
  if (saying.timestamp !== undefined) checkTimestamp(c, saying.timestamp, `${path}/timestamp`)
  if (saying.attachments !== undefined) checkAttachments(c, saying.attachments, `${path}/attachments`)
}

function isActivity(object: unknown): boolean {
  if (typeof object !== 'object' || object === null) return true // a fault already; not a second one
  const type = (object as Members).objectType
  return type === undefined || type === 'Activity'
}

function checkTimestamp(c: Check, value: unknown, path: string): void {
  if (c.text(value, path) && !isTimestamp(value, c.version)) c.fault(path, 'invalid-timestamp')
}

function checkVerb(c: Check, value: unknown, path: string): void {
  const verb = c.object(value, path, verbProperties)
  if (!verb) return
  if (verb.id === undefined) c.missing(path, 'id')
  else c.iri(verb.id, `${path}/id`)
  if (verb.display !== undefined) c.languageMap(verb.display, `${path}/display`)
}

function checkObject(c: Check, value: unknown, path: string, mayNest: boolean): void {
  const type = typeof value === 'object' && value !== null ? (value as Members).objectType : undefined
  if (type === 'Agent' || type === 'Group') checkActor(c, value, path, 'either', true)
  else if (type === 'StatementRef') checkReference(c, value, path)
  else if (type === 'SubStatement' && mayNest) {
    const sub = c.object(value, path, subStatementProperties)
    if (sub) checkSaying(c, sub, path)
  } else checkActivity(c, value, path)
}

function checkResult(c: Check, value: unknown, path: string): void {
  const result = c.object(value, path, resultProperties)
  if (!result) return
  if (result.score !== undefined) checkScore(c, result.score, `${path}/score`)
  if (result.success !== undefined) c.flag(result.success, `${path}/success`)
  if (result.completion !== undefined) c.flag(result.completion, `${path}/completion`)
  if (result.response !== undefined) c.text(result.response, `${path}/response`)
  if (result.duration !== undefined)
    c.text(result.duration, `${path}/duration`, isDuration, 'invalid-duration')
  if (result.extensions !== undefined) c.extensions(result.extensions, `${path}/extensions`)
}

function checkScore(c: Check, value: unknown, path: string): void {
  const score = c.object(value, path, scoreProperties)
  if (!score) return
  const { scaled, raw, min, max } = score
  if (scaled !== undefined && c.number(scaled, `${path}/scaled`) && (scaled < -1 || scaled > 1))
    c.fault(`${path}/scaled`, 'out-of-range')
  const low = min !== undefined && c.number(min, `${path}/min`) ? min : Number.NEGATIVE_INFINITY
  const high = max !== undefined && c.number(max, `${path}/max`) ? max : Number.POSITIVE_INFINITY
  if (low >= high) c.fault(`${path}/min`, 'out-of-range')
  else if (raw !== undefined && c.number(raw, `${path}/raw`) && (raw < low || raw > high))
    c.fault(`${path}/raw`, 'out-of-range')
}

function checkAttachments(c: Check, value: unknown, path: string): void {
  c.list(value, path)?.forEach((entry, n) => {
    const at = `${path}/${n}`
    const attachment = c.object(entry, at, attachmentProperties)
    if (!attachment) return
    for (const name of ['usageType', 'display', 'contentType', 'length', 'sha2'])
      if (attachment[name] === undefined) c.missing(at, name)
    if (attachment.usageType !== undefined) c.iri(attachment.usageType, `${at}/usageType`)
    if (attachment.display !== undefined) c.languageMap(attachment.display, `${at}/display`)
    if (attachment.description !== undefined) c.languageMap(attachment.description, `${at}/description`)
    if (attachment.contentType !== undefined) c.text(attachment.contentType, `${at}/contentType`, isMediaType)
    if (attachment.sha2 !== undefined) c.text(attachment.sha2, `${at}/sha2`, isSha2)
    if (attachment.fileUrl !== undefined) c.iri(attachment.fileUrl, `${at}/fileUrl`)
    const { length } = attachment
    if (
      length !== undefined &&
      c.number(length, `${at}/length`) &&
      !(Number.isInteger(length) && length >= 0)
    )
      c.fault(`${at}/length`, 'wrong-type')
  })
}
