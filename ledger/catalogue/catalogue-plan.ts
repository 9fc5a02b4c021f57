import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { derivedId, type Id } from '../../foundation/ids.ts'
import type { Day } from '../../foundation/time.ts'
import { documentBytes } from '../claims/canonical.ts'
import type { CatalogueFile, OfferingEntry, ProjectEntry } from './catalogue-file.ts'
import { type ClassInfo, type Level, type OfferingInfo, offeringsByCode, offeringsById } from './offering.ts'

const namespace: Id = '8f3c2f0e-51d4-5b0a-9d53-0d8f6f1d2a77'

/** The id of a project: the same number has the same id, however often it is imported. */
export function projectIdOf(projectNo: string): Id {
  return derivedId(namespace, `project\n${projectNo}`)
}

/** The id of an offering. */
export function offeringIdOf(code: string): Id {
  return derivedId(namespace, `offering\n${code}`)
}

/** The id of a training class of an offering. */
export function trainingClassIdOf(offeringCode: string, classCode: string): Id {
  return derivedId(namespace, `training_class\n${offeringCode}\n${classCode}`)
}

/** The id of a session of a class. */
export function sessionIdOf(offeringCode: string, classCode: string, no: number): Id {
  return derivedId(namespace, `session\n${offeringCode}\n${classCode}\n${no}`)
}

/** A project as it stands in the table. */
export interface ProjectState {
  projectId: Id
  projectNo: string
  title: string
  organisers: string[]
  level: Level
  approvedOn: Day | null
}

/** One offering that changes: what it was, null for a new one, and what it becomes. */
export interface OfferingChange {
  before: OfferingInfo | null
  after: OfferingInfo
}

/** What importing a catalogue would do. */
export interface CataloguePlan {
  projects: ProjectState[]
  offerings: OfferingChange[]
  /** What sources call offerings; null takes a name away. */
  activities: { sourceName: string; activityId: string; offeringId: Id | null }[]
}

/** Compares a file with what is known. Projects and offerings that the file leaves out stay as they are. */
export async function planCatalogue(handle: Handle, file: CatalogueFile): Promise<CataloguePlan> {
  const stated = file.projects.map(projectFrom)
  const known = await projectsByNo(
    handle,
    stated.map(({ projectNo }) => projectNo),
  )
  const entries = file.projects.flatMap((project, at) =>
    (project.offerings ?? []).map((offering) => ({ project: stated[at] as ProjectState, offering })),
  )
  const before = await offeringsByCode(
    handle,
    entries.map(({ offering }) => offering.code),
  )
  const projects = stated.filter((project) => !isEqual(project, known.get(project.projectNo)))
  const offerings = entries
    .map(({ project, offering }) => ({
      before: before.get(offering.code) ?? null,
      after: offeringFromEntry(project, offering),
    }))
    .concat(await siblingsOf(handle, projects, new Set(entries.map(({ offering }) => offering.code))))
    .filter((change) => !isEqual(change.before, change.after))
  return {
    projects,
    offerings,
    activities: await planActivities(
      handle,
      entries.map(({ offering }) => offering),
    ),
  }
}

function isEqual(a: unknown, b: unknown): boolean {
  return documentBytes(a ?? null).equals(documentBytes(b ?? null))
}

function projectFrom(entry: ProjectEntry): ProjectState {
  return {
    projectId: projectIdOf(entry.project_no),
    projectNo: entry.project_no,
    title: entry.title,
    organisers: entry.organisers ?? [],
    level: entry.recognition_level,
    approvedOn: entry.approved_on ?? null,
  }
}

/** The projects with these numbers, by number; unknown ones are absent. */
export async function projectsByNo(handle: Handle, projectNos: string[]): Promise<Map<string, ProjectState>> {
  const found = new Map<string, ProjectState>()
  for (let from = 0; from < projectNos.length; from += 400) {
    const rows = await handle('project').whereIn('project_no', projectNos.slice(from, from + 400))
    for (const row of rows) {
      found.set(row.project_no, {
        projectId: idText(row.project_id),
        projectNo: row.project_no,
        title: row.title,
        organisers: JSON.parse(Buffer.from(row.organisers).toString('utf8')),
        level: row.recognition_level,
        approvedOn: row.approved_on,
      })
    }
  }
  return found
}

/** An offering as its project and its entry state it. */
function offeringFromEntry(project: ProjectState, entry: OfferingEntry): OfferingInfo {
  return withProject(project, {
    offeringId: offeringIdOf(entry.code),
    code: entry.code,
    title: entry.title,
    category: entry.category,
    form: entry.form,
    topic: entry.topic ?? null,
    audience: entry.audience === 'all' ? null : (entry.audience ?? null),
    approvedMilliHours: entry.hours,
    awardBasis: entry.award_basis,
    approvalMode: entry.approval_mode,
    passMark: entry.pass_mark ?? null,
    attendanceThreshold: entry.attendance_threshold ?? null,
    contains: entry.contains ?? [],
    packageCode: entry.package ?? null,
    classes: classesFrom(entry),
  })
}

/** An offering with what its project says of it. */
export function withProject(
  project: ProjectState,
  offering: Omit<OfferingInfo, 'projectNo' | 'projectTitle' | 'organisers' | 'approvedOn' | 'level'>,
): OfferingInfo {
  return {
    ...offering,
    projectNo: project.projectNo,
    projectTitle: project.title,
    organisers: project.organisers,
    approvedOn: project.approvedOn,
    level: project.level,
  }
}

function classesFrom(entry: OfferingEntry): ClassInfo[] {
  return (entry.classes ?? []).map((each) => ({
    trainingClassId: trainingClassIdOf(entry.code, each.code),
    code: each.code,
    from: each.from,
    to: each.to,
    sessions: (each.sessions ?? [])
      .map((session) => ({
        sessionId: sessionIdOf(entry.code, each.code, session.no),
        no: session.no,
        startsAt: session.starts,
        minutes: session.minutes,
        place: session.place ?? null,
        content: session.content ?? null,
        presenter: session.presenter ?? null,
      }))
      .sort((a, b) => a.no - b.no),
  }))
}

/** Offerings that the file does not name, of projects that it changes. */
async function siblingsOf(
  handle: Handle,
  projects: ProjectState[],
  named: Set<string>,
): Promise<OfferingChange[]> {
  const changes: OfferingChange[] = []
  for (const project of projects) {
    for (const before of await offeringsOfProject(handle, project.projectId)) {
      if (!named.has(before.code)) changes.push({ before, after: withProject(project, before) })
    }
  }
  return changes
}

/** All offerings of a project, by code. */
export async function offeringsOfProject(handle: Handle, projectId: Id): Promise<OfferingInfo[]> {
  const rows = await handle('offering')
    .where({ project_id: idBytes(projectId) })
    .orderBy('code')
    .select('offering_id')
  const found = await offeringsById(
    handle,
    rows.map((row) => idText(row.offering_id)),
  )
  return [...found.values()].sort((a, b) => (a.code < b.code ? -1 : 1))
}

/** Names that an entry no longer lists are taken away; a name that another offering had moves here. */
async function planActivities(
  handle: Handle,
  entries: OfferingEntry[],
): Promise<CataloguePlan['activities']> {
  const keyOf = (sourceName: string, activityId: string) => `${sourceName}\n${activityId}`
  const known = new Map<string, CataloguePlan['activities'][number]>()
  for (let from = 0; from < entries.length; from += 400) {
    const ids = entries.slice(from, from + 400).map(({ code }) => idBytes(offeringIdOf(code)))
    for (const row of await handle('offering_activity').whereIn('offering_id', ids)) {
      known.set(keyOf(row.source_name, row.activity_id), {
        sourceName: row.source_name,
        activityId: row.activity_id,
        offeringId: idText(row.offering_id),
      })
    }
  }
  const stated = new Map(
    entries.flatMap((entry) =>
      (entry.activities ?? []).map(({ source, id }) => [
        keyOf(source, id),
        { sourceName: source, activityId: id, offeringId: offeringIdOf(entry.code) },
      ]),
    ),
  )
  return [
    ...[...known].filter(([key]) => !stated.has(key)).map(([, each]) => ({ ...each, offeringId: null })),
    ...[...stated]
      .filter(([key, each]) => known.get(key)?.offeringId !== each.offeringId)
      .map(([, each]) => each),
  ]
}
