import { derivedId, type Id } from '../../foundation/ids.ts'
import { type Instant, isoOf } from '../../foundation/time.ts'
import type { OfferingInfo } from '../../ledger/catalogue/offering.ts'
import type { Unit } from './document.ts'

/** Which launch an enrolment began with: opaque ids of the platform, for tracing only. */
export interface LtiOrigin {
  deployment: string
  context: string | null
  resource_link: string | null
}

/** Whose act, in which class of which offering: what every statement of one enrolment repeats. */
export interface StatementGround {
  /** UUID of the installation, from which statement ids are derived. */
  namespace: Id
  /** XAPI_IRI_BASE; ends with a slash. */
  iriBase: string
  iss: string
  sub: string
  enrolmentId: Id
  offering: OfferingInfo
  trainingClassCode: string
  lti: LtiOrigin
}

/** A score as xAPI says it. */
export interface Score {
  scaled: number
  raw: number
  min: number
  max: number
}

/** Something that happened in the course room and must be said. */
export type CourseworkEvent =
  | { kind: 'initialized'; unit: Unit }
  | { kind: 'progressed'; unit: Unit; progress: number }
  | { kind: 'terminated'; unit: Unit; visit: Id; durationMs: number }
  | { kind: 'assessed'; unit: Unit; attempt: number; passed: boolean; score: Score }
  | { kind: 'completed'; durationMs: number; passed: boolean | null; score: Score | null }

/** A statement ready to be sent: its bytes are fixed now and for every retry. */
export interface BornStatement {
  statementId: Id
  bornAt: Instant
  content: Buffer
}

const VERBS = {
  initialized: '开始',
  progressed: '进行',
  terminated: '离开',
  passed: '通过',
  failed: '未通过',
  completed: '完成',
} as const
type Verb = keyof typeof VERBS

const verbIri = (verb: Verb) => `http://adlnet.gov/expapi/verbs/${verb}`
const typeIri = (type: string) => `http://adlnet.gov/expapi/activities/${type}`

/** IRI of an activity of ours: `activities/{kind}/{code}`; a unit and an assessment are named below their offering. */
function activityIri(
  iriBase: string,
  kind: 'project' | 'offering' | 'unit' | 'assessment',
  ...path: string[]
): string {
  return `${iriBase}activities/${kind}/${path.map(encodeURIComponent).join('/')}`
}

/**
 * Puts one event into words (xapi.md §8). The id follows from what happened, not from when it was tried: the same event said twice
 * is the same statement.
 */
export function statementOf(ground: StatementGround, event: CourseworkEvent, now: Instant): BornStatement {
  const verb = event.kind === 'assessed' ? (event.passed ? 'passed' : 'failed') : event.kind
  const object = objectOf(ground, event)
  const statementId = derivedId(
    ground.namespace,
    [verbIri(verb), object.id, ground.enrolmentId, occurrenceOf(event)].join('|'),
  )
  const result = resultOf(ground, event)
  const statement = {
    id: statementId,
    timestamp: isoOf(now),
    actor: { objectType: 'Agent', account: { homePage: ground.iss, name: ground.sub } },
    verb: { id: verbIri(verb), display: { 'zh-CN': VERBS[verb], en: verb } },
    object,
    ...(result ? { result } : {}),
    context: contextOf(ground, event),
  }
  return { statementId, bornAt: now, content: Buffer.from(JSON.stringify(statement)) }
}

function objectOf({ iriBase, offering }: StatementGround, event: CourseworkEvent) {
  if (event.kind === 'completed')
    return activity(activityIri(iriBase, 'offering', offering.code), 'course', offering.title)
  const kind = event.kind === 'assessed' ? 'assessment' : 'unit'
  const type = event.kind === 'assessed' ? 'assessment' : 'lesson'
  return activity(activityIri(iriBase, kind, offering.code, event.unit.id), type, event.unit.title)
}

function activity(id: string, type: string, name: string) {
  return { objectType: 'Activity', id, definition: { type: typeIri(type), name: { 'zh-CN': name } } }
}

/** What tells this event from the next of its kind: progress step, visit, attempt. */
function occurrenceOf(event: CourseworkEvent): string {
  switch (event.kind) {
    case 'progressed':
      return String(event.progress)
    case 'terminated':
      return event.visit
    case 'assessed':
      return String(event.attempt)
    default:
      return '1'
  }
}

function resultOf({ iriBase }: StatementGround, event: CourseworkEvent) {
  switch (event.kind) {
    case 'initialized':
      return null
    case 'progressed':
      return { extensions: { [`${iriBase}extensions/progress`]: event.progress } }
    case 'terminated':
      return { duration: durationText(event.durationMs) }
    case 'assessed':
      return { success: event.passed, score: event.score }
    case 'completed':
      return {
        completion: true,
        ...(event.passed === null ? {} : { success: event.passed }),
        ...(event.score ? { score: event.score } : {}),
        duration: durationText(event.durationMs),
      }
  }
}

function contextOf(ground: StatementGround, event: CourseworkEvent) {
  const { iriBase, offering, lti } = ground
  const extension = (name: string) => `${iriBase}extensions/${name}`
  const offeringActivity = { objectType: 'Activity', id: activityIri(iriBase, 'offering', offering.code) }
  return {
    registration: ground.enrolmentId,
    platform: 'Xueshi',
    language: 'zh-CN',
    contextActivities: {
      ...(event.kind === 'completed' ? {} : { parent: [offeringActivity] }),
      grouping: [{ objectType: 'Activity', id: activityIri(iriBase, 'project', offering.projectNo) }],
      category: [{ objectType: 'Activity', id: `${iriBase}profile/v1` }],
    },
    extensions: {
      [extension('project-no')]: offering.projectNo,
      [extension('offering-code')]: offering.code,
      [extension('training-class-code')]: ground.trainingClassCode,
      [extension('level')]: offering.level,
      [extension('category')]: offering.category,
      [extension('form')]: offering.form,
      [extension('role')]: 'participant',
      [extension('organiser')]: offering.organisers.join('；'),
      [extension('lti')]: lti,
    },
  }
}

/** ISO 8601 duration in hours, minutes and whole seconds; hundredths and finer say nothing about study. */
export function durationText(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  const rest = seconds % 60
  if (seconds === 0) return 'PT0S'
  return `PT${hours ? `${hours}H` : ''}${minutes ? `${minutes}M` : ''}${rest ? `${rest}S` : ''}`
}
