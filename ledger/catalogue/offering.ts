import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { type Id, sha256 } from '../../foundation/ids.ts'
import type { Day, Instant } from '../../foundation/time.ts'

/** Tiers of recognition, lowest first (glossary `level`). */
export const levels = ['school', 'cluster', 'district', 'city', 'province', 'national'] as const
/** One of `levels`. */
export type Level = (typeof levels)[number]

/** How an offering's award is found (domain.md §4.3). */
export const awardBases = [
  'fixed_on_pass',
  'by_result',
  'by_attendance',
  'by_duration',
  'by_occurrence',
] as const
/** One of `awardBases`. */
export type AwardBasis = (typeof awardBases)[number]

/** How a claim on an offering comes to be recognised (domain.md §4.3). */
export const approvalModes = ['auto', 'admin_confirm', 'self_claim'] as const
/** One of `approvalModes`. */
export type ApprovalMode = (typeof approvalModes)[number]

/** One meeting of a training class (场次). */
export interface SessionInfo {
  sessionId: Id
  /** 1, 2, 3 … within the class. */
  no: number
  startsAt: Instant
  minutes: number
  place: string | null
  content: string | null
  presenter: string | null
}

/** One run of an offering (班). Its first and its last day belong to it. */
export interface ClassInfo {
  trainingClassId: Id
  code: string
  from: Day
  to: Day
  sessions: SessionInfo[]
}

/** An offering as the district last recorded it: all that policy may read, and what pages show. */
export interface OfferingInfo {
  offeringId: Id
  code: string
  title: string
  projectNo: string
  projectTitle: string
  organisers: string[]
  /** The day its project was approved; null while it is not. */
  approvedOn: Day | null
  level: Level
  category: string
  form: string
  /** As policies name it (信息技术 …); null where the offering has none. */
  topic: string | null
  /** 学段, 学科, tier or post it is meant for; null: all. */
  audience: string | null
  /** Thousandths of a credit hour. */
  approvedMilliHours: number
  awardBasis: AwardBasis
  approvalMode: ApprovalMode
  /** Decimal text of 0–100; null: completing is passing. */
  passMark: string | null
  /** Decimal text of 0–1, for by_attendance; null where none is set. */
  attendanceThreshold: string | null
  /** Codes of the offerings that this one, a path, contains. */
  contains: string[]
  /** Code of the course package it is studied with; null when the course lives elsewhere. */
  packageCode: string | null
  classes: ClassInfo[]
}

/** What an activity id means here: its offering, and which part of it. */
export interface ActivityTarget extends OfferingInfo {
  activity: {
    /** `offering` counts as the whole; a session is attended; units and assessments are evidence only. */
    kind: 'offering' | 'session' | 'unit' | 'assessment'
    trainingClassId: Id | null
    sessionId: Id | null
  }
}

type Part = ActivityTarget['activity']
const whole: Part = { kind: 'offering', trainingClassId: null, sessionId: null }

/** The hash by which a source's name of an activity is looked up. */
export function activityHash(activityId: string): Buffer {
  return sha256(activityId)
}

/** The offering with this code, or null. */
export async function offeringByCode(handle: Handle, code: string): Promise<OfferingInfo | null> {
  const found = await readOfferings(handle, (query) => query.where('o.code', code))
  return found[0] ?? null
}

/** The offering with this id, or null. */
export async function offeringById(handle: Handle, offeringId: Id): Promise<OfferingInfo | null> {
  return (await offeringsById(handle, [offeringId])).get(offeringId) ?? null
}

/** The offerings with these ids; unknown ids are absent. */
export async function offeringsById(handle: Handle, offeringIds: Id[]): Promise<Map<Id, OfferingInfo>> {
  const ids = [...new Set(offeringIds)]
  const found = new Map<Id, OfferingInfo>()
  for (let from = 0; from < ids.length; from += 400) {
    const some = ids.slice(from, from + 400).map(idBytes)
    const infos = await readOfferings(handle, (query) => query.whereIn('o.offering_id', some))
    for (const info of infos) found.set(info.offeringId, info)
  }
  return found
}

/** The offerings with these codes, by code; unknown codes are absent. */
export async function offeringsByCode(handle: Handle, codes: string[]): Promise<Map<string, OfferingInfo>> {
  const wanted = [...new Set(codes)]
  const found = new Map<string, OfferingInfo>()
  for (let from = 0; from < wanted.length; from += 400) {
    const some = wanted.slice(from, from + 400)
    for (const info of await readOfferings(handle, (query) => query.whereIn('o.code', some)))
      found.set(info.code, info)
  }
  return found
}

/** All offerings that are studied with one course package, by code. */
export async function offeringsWithPackage(handle: Handle, packageCode: string): Promise<OfferingInfo[]> {
  return readOfferings(handle, (query) => query.where('o.package_code', packageCode).orderBy('o.code'))
}

/**
 * The offerings with these ids, those they contain, and the paths that contain them: what evaluating a claim on one
 * of them may read.
 */
export async function offeringsAround(handle: Handle, offeringIds: Id[]): Promise<Map<Id, OfferingInfo>> {
  const found = await offeringsById(handle, offeringIds)
  if (found.size === 0) return found
  const paths = await readOfferings(handle, (query) => query.where('o.is_path', 1))
  const named = new Set([...found.values()].map(({ code }) => code))
  const parts = [...found.values()].flatMap(({ contains }) => contains)
  for (const path of paths)
    if (path.contains.some((code) => named.has(code))) found.set(path.offeringId, path)
  for (const part of (await offeringsByCode(handle, parts)).values()) found.set(part.offeringId, part)
  return found
}

type Query = ReturnType<typeof offeringRows>

function offeringRows(handle: Handle) {
  return handle('offering as o').join('offering_version as v', function () {
    this.on('v.offering_id', 'o.offering_id').andOn('v.version_no', 'o.version_no')
  })
}

async function readOfferings(handle: Handle, narrow: (query: Query) => unknown): Promise<OfferingInfo[]> {
  const query = offeringRows(handle).select('v.content')
  narrow(query as Query)
  const rows = (await query) as { content: Buffer }[]
  return rows.map((row) => offeringFrom(row.content))
}

/** Reads the document of one offering version. */
export function offeringFrom(content: Uint8Array): OfferingInfo {
  return JSON.parse(Buffer.from(content).toString('utf8')) as OfferingInfo
}

/**
 * What these activity ids of a source stand for. An id is looked up among the names the source gave in the catalogue,
 * then among our own IRIs (`iriBase`): an offering, one of its sessions, or a unit or assessment, which are evidence.
 * Ids that mean nothing here are absent. Class codes may repeat between offerings, and the IRI of a session names
 * only the class: a session that two offerings could mean is absent too, unless `offeringCode` says which.
 */
export async function offeringsFor(
  handle: Handle,
  ask: { sourceName: string; activityIds: string[]; iriBase: string; offeringCode?: string },
): Promise<Map<string, ActivityTarget>> {
  const ids = [...new Set(ask.activityIds)]
  const found = await mappedTargets(handle, ask.sourceName, ids)
  const own = ids.filter((id) => !found.has(id)).map((id) => ({ id, iri: ownIri(id, ask.iriBase) }))
  for (const [id, target] of await ownTargets(handle, own, ask.offeringCode)) found.set(id, target)
  return found
}

async function mappedTargets(handle: Handle, sourceName: string, ids: string[]) {
  const found = new Map<string, ActivityTarget>()
  const offeringIdOf = new Map<string, Id>()
  for (let from = 0; from < ids.length; from += 400) {
    const rows = await handle('offering_activity')
      .where('source_name', sourceName)
      .whereIn('activity_hash', ids.slice(from, from + 400).map(activityHash))
      .whereNotNull('offering_id')
      .select('activity_hash', 'offering_id')
    for (const row of rows) {
      offeringIdOf.set(Buffer.from(row.activity_hash).toString('hex'), idText(row.offering_id))
    }
  }
  if (offeringIdOf.size === 0) return found
  const offerings = await offeringsById(handle, [...offeringIdOf.values()])
  for (const id of ids) {
    const offering = offerings.get(offeringIdOf.get(activityHash(id).toString('hex')) ?? '')
    if (offering) found.set(id, { ...offering, activity: whole })
  }
  return found
}

type OwnIri = { kind: Part['kind']; path: string[] }

/** Reads `{base}activities/{kind}/{code}…`; null for any other IRI. Codes may stand percent-encoded. */
export function ownIri(id: string, iriBase: string): OwnIri | null {
  const root = `${iriBase}activities/`
  if (!id.startsWith(root)) return null
  const [kind, ...path] = id.slice(root.length).split('/').map(decoded)
  if (kind !== 'offering' && kind !== 'session' && kind !== 'unit' && kind !== 'assessment') return null
  return path.length > 0 && path[0] ? { kind, path } : null
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

async function ownTargets(
  handle: Handle,
  asked: { id: string; iri: OwnIri | null }[],
  offeringCode: string | undefined,
): Promise<Map<string, ActivityTarget>> {
  const found = new Map<string, ActivityTarget>()
  const named = asked.filter((each): each is { id: string; iri: OwnIri } => each.iri !== null)
  const codes = named.filter(({ iri }) => iri.kind !== 'session').map(({ iri }) => iri.path[0] ?? '')
  const byCode = await offeringsByCode(handle, codes)
  for (const { id, iri } of named) {
    const target =
      iri.kind === 'session'
        ? await sessionTarget(handle, iri.path, offeringCode)
        : await partTarget(handle, iri, byCode)
    if (target) found.set(id, target)
  }
  return found
}

async function partTarget(handle: Handle, iri: OwnIri, byCode: Map<string, OfferingInfo>) {
  const code = iri.path[0] ?? ''
  if (iri.kind === 'offering' && iri.path.length > 1) return null
  const offering = byCode.get(code) ?? (iri.kind === 'offering' ? null : await soleOfferingWith(handle, code))
  return offering ? { ...offering, activity: { ...whole, kind: iri.kind } } : null
}

/** A unit may be named by its course package; that tells the offering only where one offering uses it. */
async function soleOfferingWith(handle: Handle, packageCode: string): Promise<OfferingInfo | null> {
  const users = await offeringsWithPackage(handle, packageCode)
  return users.length === 1 ? (users[0] ?? null) : null
}

async function sessionTarget(handle: Handle, path: string[], offeringCode: string | undefined) {
  const [classCode, no] = path
  if (path.length !== 2 || !classCode || !/^\d{1,6}$/.test(no ?? '')) return null
  const candidates = await sessionsAt(handle, classCode, Number(no))
  const meant = offeringCode ? candidates.filter(({ code }) => code === offeringCode) : candidates
  return meant.length === 1 ? (meant[0] ?? null) : null
}

/** Every session with this class code and number: more than one when offerings share the class code. */
export async function sessionsAt(handle: Handle, classCode: string, no: number): Promise<ActivityTarget[]> {
  const rows = (await handle('session')
    .where({ training_class_code: classCode, no })
    .whereNull('removed_at')
    .select('offering_id', 'training_class_id', 'session_id')) as Record<string, Buffer>[]
  const offerings = await offeringsById(
    handle,
    rows.map((row) => idText(row.offering_id as Buffer)),
  )
  return rows.flatMap((row) => {
    const offering = offerings.get(idText(row.offering_id as Buffer))
    const trainingClassId = idText(row.training_class_id as Buffer)
    const sessionId = idText(row.session_id as Buffer)
    return offering
      ? [{ ...offering, activity: { kind: 'session' as const, trainingClassId, sessionId } }]
      : []
  })
}
