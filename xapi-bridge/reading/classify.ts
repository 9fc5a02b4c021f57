import { sha256 } from '../../foundation/ids.ts'
import { type Role, roles } from '../../ledger/claims/claim.ts'
import { identifierKey, type PersonIdentifier } from '../../ledger/roster/identity.ts'
import { secondsOf } from '../language/duration.ts'
import { rulesByVerb } from '../rules/by-verb.ts'
import {
  type CompletionRule,
  type EvidenceRule,
  type MoveOn,
  moveOns,
  type Pattern,
} from '../rules/document.ts'
import type { RuleSet } from '../rules/rule-set.ts'
import { matches } from './match.ts'
import { attemptIdOf } from './occasion.ts'
import type { ActorReading, Classification, Reading, ReadingKind } from './reading.ts'
import { decimalText, percentOf, reaches } from './score.ts'
import { type Actor, contextIds, extensionOf, type Statement } from './statement.ts'
import { UnusableValue } from './unusable-value.ts'

const voided = 'http://adlnet.gov/expapi/verbs/voided'

/** So many activities one statement may be evidence for; more would be a list of everything. */
const mostActivities = 8

/**
 * What one statement means under a rule set. Pure: no clock, no database, no order of arrival, so that it can be
 * asked again years later. Throws where the statement breaks a rule's own assumptions: the caller keeps that as
 * RULE_FAULT of this one statement.
 */
export function classify(statement: Statement, ruleSet: RuleSet, iriBase: string): Classification {
  const { verb, object } = statement
  if (verb.id === voided && object.objectType === 'StatementRef') {
    return { outcome: 'void', target: String(object.id).toLowerCase() }
  }
  if ((object.objectType ?? 'Activity') !== 'Activity' || object.id === undefined) {
    return { outcome: 'not_for_us', why: 'not_an_activity' }
  }
  const category = ruleSet.requires_category
  if (category && !contextIds(statement, 'category').includes(category)) {
    return { outcome: 'not_for_us', why: 'not_in_category' }
  }
  return byRule(statement, ruleSet, iriBase) ?? { outcome: 'not_for_us', why: 'no_rule' }
}

function byRule(statement: Statement, ruleSet: RuleSet, iriBase: string): Classification | null {
  const rules = rulesByVerb(ruleSet, statement.verb.id)
  if (!rules) return null
  const fits = (rule: Pattern) => matches(statement, rule, iriBase)
  const read = (rule: string, kind: ReadingKind, changes: Partial<Reading>) =>
    readingOf({ statement, ruleSet, iriBase }, rule, kind, changes)

  const withdrawal = rules.withdrawals.find(fits)
  if (withdrawal) {
    return { outcome: 'withdrawal', rule: withdrawal.name, reading: read(withdrawal.name, 'withdrawn', {}) }
  }
  const attendance = rules.attendance.find(fits)
  if (attendance) {
    const reading = read(attendance.name, 'attended', { opens: true, ...attendedAt(statement, iriBase) })
    return { outcome: 'attended', rule: attendance.name, reading }
  }
  const completion = rules.completions.find((rule) => fits(rule) && reachesMinimum(statement, rule))
  if (completion) {
    const percent = percentOf(
      statement.result?.score,
      ruleSet.pass.by === 'score' ? 'raw-over-max' : 'scaled',
    )
    const changes = {
      opens: true,
      percent,
      ...(completion.unmapped === 'evidence' && { onlyMapped: true as const }),
    }
    const reading = read(completion.name, completion.as, changes)
    return { outcome: 'completion', rule: completion.name, reading }
  }
  const evidence = rules.evidence.find(fits)
  return evidence ? evidenceOf(statement, evidence, iriBase, read) : null
}

function evidenceOf(
  statement: Statement,
  rule: EvidenceRule,
  iriBase: string,
  read: (rule: string, kind: ReadingKind, changes: Partial<Reading>) => Reading,
): Classification {
  if (rule.as === 'process') return { outcome: 'evidence', rule: rule.name, reading: null }
  const activities = rule.attach_to === 'parent' ? parentsOf(statement, iriBase) : undefined
  if (activities?.length === 0) return { outcome: 'evidence', rule: rule.name, reading: null }
  const reading = read(rule.name, rule.as, {
    percent: percentOf(statement.result?.score, rule.score),
    ...(activities && { activities }),
  })
  return { outcome: rule.as === 'move_on' ? 'evidence' : 'assessment', rule: rule.name, reading }
}

function reachesMinimum({ result }: Statement, { minimum_scaled: minimum }: CompletionRule): boolean {
  if (minimum === undefined) return true
  return result?.score?.scaled !== undefined && reaches(decimalText(result.score.scaled), minimum)
}

interface Given {
  statement: Statement
  ruleSet: RuleSet
  iriBase: string
}

function readingOf(
  { statement, ruleSet, iriBase }: Given,
  rule: string,
  kind: ReadingKind,
  changes: Partial<Reading>,
): Reading {
  const { object, result } = statement
  const own = object.id as string
  const aliases = ruleSet.also_known_as ? contextIds(statement, ruleSet.also_known_as) : []
  const above = [...contextIds(statement, 'parent'), ...contextIds(statement, 'grouping')]
  const activities = distinct([own, ...aliases])
  const duration = result?.duration === undefined ? null : secondsOf(result.duration)
  return {
    kind,
    rule,
    opens: false,
    actor: actorOf(statement.actor),
    activities,
    parents: distinct(above).filter((id) => !activities.includes(id)),
    activityName: nameOf(object.definition?.name),
    registration: attemptIdOf(statement, ruleSet.attempt),
    classCode: wordOf(extensionOf(statement, `${iriBase}extensions/training-class-code`)),
    session: null,
    role: roleOf(extensionOf(statement, `${iriBase}extensions/role`)),
    success: result?.success ?? null,
    percent: null,
    durationSeconds: duration === null ? null : wholeSeconds(duration),
    sourceAmount: amountOf(extensionOf(statement, `${iriBase}extensions/source-amount`)),
    moveOn: kind === 'move_on' ? moveOnOf(statement, ruleSet) : null,
    contentKey: contentKeyOf(statement, ruleSet),
    ...changes,
  }
}

/** Ten years of 365 days: whoever says more has a clock or a unit wrong, and no beginning can be reckoned from it. */
const longestSeconds = 315_360_000

function wholeSeconds(duration: number): number {
  if (duration > longestSeconds) {
    throw new UnusableValue(
      'result.duration is longer than ten years; send the completion anew with the true one, and void this',
    )
  }
  return Math.floor(duration)
}

function distinct(ids: string[]): string[] {
  return [...new Set(ids)].slice(0, mostActivities)
}

function nameOf(names: Record<string, string> | undefined): string | null {
  if (!names) return null
  return names['zh-CN'] ?? Object.values(names)[0] ?? null
}

function wordOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

/** The person who acted; a group is kept as it came, since a decision has to say whom it means. */
export function actorOf(actor: Actor): ActorReading {
  const identifier = identifierOf(actor)
  if (actor.objectType === 'Group' || identifier === null) {
    return { key: sha256('group/1\n', canonical(actor)).toString('hex'), identifier: null }
  }
  return { key: identifierKey(identifier).toString('hex'), identifier }
}

function identifierOf(actor: Actor): PersonIdentifier | null {
  if (actor.account) return { kind: 'account', homePage: actor.account.homePage, name: actor.account.name }
  if (actor.mbox) return { kind: 'mbox', mbox: actor.mbox.replace(/^mailto:/i, '').toLowerCase() }
  if (actor.mbox_sha1sum) return { kind: 'mbox_sha1sum', value: actor.mbox_sha1sum.toLowerCase() }
  if (actor.openid) return { kind: 'openid', value: actor.openid }
  return null
}

const roleWords: Record<string, Role> = {
  学员: 'participant',
  听课者: 'listener',
  主讲: 'presenter',
  指导教师: 'mentor',
  组织者: 'convenor',
}

function roleOf(value: unknown): Role {
  if (value === undefined) return 'participant'
  const role = roles.words.find((word) => word === value) ?? roleWords[String(value)]
  // Taking an unknown part for a participant's could credit a listener with a whole course.
  if (role === undefined) throw new RangeError('the role extension names no role')
  return role
}

function amountOf(value: unknown): Reading['sourceAmount'] {
  if (value === undefined || value === null) return null
  if (typeof value !== 'object') return { value: decimalText(value as number | string), unit: null }
  const { value: amount, unit } = value as { value?: number | string; unit?: unknown }
  return amount === undefined ? null : { value: decimalText(amount), unit: wordOf(unit) }
}

function moveOnOf(statement: Statement, ruleSet: RuleSet): MoveOn | null {
  const value = ruleSet.move_on && extensionOf(statement, ruleSet.move_on.extension)
  return moveOns.find((word) => word === value) ?? null
}

/** What it belongs to: the parents it names, else the offering whose code it carries. */
function parentsOf(statement: Statement, iriBase: string): string[] {
  const parents = contextIds(statement, 'parent')
  if (parents.length > 0) return distinct(parents)
  const code = wordOf(extensionOf(statement, `${iriBase}extensions/offering-code`))
  return code ? [`${iriBase}activities/offering/${encodeURIComponent(code)}`] : []
}

/** A session is filed under its offering; its own IRI stands in only where nothing names the offering. */
function attendedAt(statement: Statement, iriBase: string): Partial<Reading> {
  const own = statement.object.id as string
  const path = own.slice(`${iriBase}activities/session/`.length).split('/').map(decodeURIComponent)
  const [classCode, no] = path
  if (path.length !== 2 || !classCode || !/^\d{1,6}$/.test(no ?? '')) {
    throw new RangeError('the IRI of a session ends with its class and its number')
  }
  const code = wordOf(extensionOf(statement, `${iriBase}extensions/offering-code`))
  const offering = code
    ? `${iriBase}activities/offering/${encodeURIComponent(code)}`
    : contextIds(statement, 'parent').find((id) => id.startsWith(`${iriBase}activities/offering/`))
  return {
    activities: [offering ?? own],
    parents: [],
    session: { classCode, no: Number(no) },
    classCode,
  }
}

function contentKeyOf(statement: Statement, ruleSet: RuleSet): string | null {
  const members = ruleSet.identity?.content_key
  if (!members || statement.id !== undefined) return null
  if (members.includes('timestamp-second') && statement.timestamp === undefined) return null
  const text = members.map((member) => {
    if (member === 'actor') return actorOf(statement.actor).key
    if (member === 'verb') return statement.verb.id
    if (member === 'object') return statement.object.id ?? ''
    if (member === 'timestamp-second') return (statement.timestamp as string).replace(/\.\d+/, '')
    return canonical(statement.result ?? null)
  })
  return sha256(JSON.stringify(text)).toString('hex')
}

/** JSON with sorted keys: equal values give equal text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`
}
