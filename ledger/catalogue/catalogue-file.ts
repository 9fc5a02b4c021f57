import { isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import { z } from 'zod'
import { milliHoursOf } from '../../foundation/hours.ts'
import { dayOf, instantOf, isDay } from '../../foundation/time.ts'
import { approvalModes, awardBases, levels } from './offering.ts'

/** One fault of a catalogue file, and where it stands. Lines and columns count from 1. */
export interface CatalogueFault {
  line: number
  column: number
  /** Such as `projects.0.offerings.2.hours`. */
  path: string
  detail: string
}

/** A catalogue file as read: everything is the text that stands there, so that no number passes through a float. */
export type CatalogueReading =
  | { outcome: 'read'; file: CatalogueFile; warnings: CatalogueFault[] }
  | { outcome: 'refused'; faults: CatalogueFault[] }

const tooLong = (most: number) => `at most ${most} characters`
const text = (most: number) =>
  z
    .string('text is needed here')
    .transform((value) => value.trim().normalize('NFC'))
    .pipe(z.string().min(1, 'must not be empty').max(most, tooLong(most)))
const code = text(60).refine((value) => !/[\s\p{Cc}]/u.test(value), 'a code has no blanks')
const day = z.string('a day is needed here').refine(isDay, 'must be a day that exists, such as 2026-02-20')

/** A key that stands there without a value is the same as an absent key. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' || value === null ? undefined : value), schema.optional())

const hours = z.string('hours are needed here').transform((value, context) => {
  try {
    const milliHours = milliHoursOf(value)
    if (milliHours > 0) return milliHours
  } catch {
    // told below, in the words of the file
  }
  context.addIssue({
    code: 'custom',
    message: 'must be hours above 0 with at most three places, such as "7.5"',
  })
  return z.NEVER
})

const decimal = (least: number, most: number, what: string) =>
  z
    .string(what)
    .refine(
      (value) => /^\d{1,3}(\.\d{1,6})?$/.test(value) && Number(value) >= least && Number(value) <= most,
      what,
    )
    .transform((value) => (value.includes('.') ? value.replace(/\.?0+$/, '') : value))

const whole = (least: number, most: number) =>
  z
    .string('a whole number is needed here')
    .refine(
      (value) => /^\d{1,6}$/.test(value) && Number(value) >= least && Number(value) <= most,
      `must be a whole number from ${least} to ${most}`,
    )
    .transform(Number)

const startsAt = z.string('an instant is needed here').transform((value, context) => {
  try {
    return instantOf(value)
  } catch {
    context.addIssue({
      code: 'custom',
      message: 'must be a time with its offset, such as 2026-03-05T14:00+08:00',
    })
    return z.NEVER
  }
})

const sessionShape = z.strictObject({
  no: whole(1, 999_999),
  starts: startsAt,
  minutes: whole(1, 1440),
  place: optional(text(200)),
  content: optional(text(500)),
  presenter: optional(text(200)),
})

const classShape = z.strictObject({
  code,
  from: day,
  to: day,
  sessions: optional(z.array(sessionShape)),
})

const audience = z.union([
  text(200),
  z
    .array(text(60))
    .min(1)
    .transform((words) => words.join('、')),
])

const offeringShape = z.strictObject({
  code,
  title: text(200),
  category: text(60),
  form: text(60),
  topic: optional(text(60)),
  audience: optional(audience),
  hours,
  award_basis: z.enum(awardBases, `must be one of ${awardBases.join(', ')}`),
  approval_mode: z.enum(approvalModes, `must be one of ${approvalModes.join(', ')}`),
  pass_mark: optional(decimal(0, 100, 'must be a number from 0 to 100')),
  attendance_threshold: optional(decimal(0, 1, 'must be a share from 0 to 1, such as 0.8')),
  contains: optional(z.array(code)),
  activities: optional(z.array(z.strictObject({ source: text(100), id: text(2000) }))),
  package: optional(code),
  classes: optional(z.array(classShape)),
})

// `county` is the tier of `district`: one tier, two words in policies (glossary, `level`).
const level = z.preprocess(
  (value) => (value === 'county' ? 'district' : value),
  z.enum(levels, `must be one of ${levels.join(', ')}`),
)

const projectShape = z.strictObject({
  project_no: code,
  title: text(200),
  organisers: optional(z.array(text(200))),
  recognition_level: level,
  approved_on: optional(day),
  offerings: optional(z.array(offeringShape)),
})

const fileShape = z.strictObject({
  schema: z.literal('xueshi-catalogue/1', 'must be xueshi-catalogue/1'),
  projects: z.array(projectShape, 'a list of projects is needed here'),
})

/** A catalogue as its file states it. */
export type CatalogueFile = z.output<typeof fileShape>
/** A project of the file. */
export type ProjectEntry = CatalogueFile['projects'][number]
/** An offering of the file. */
export type OfferingEntry = NonNullable<ProjectEntry['offerings']>[number]

/** Reads and checks a catalogue file (interfaces.md §3) as far as that needs no database. */
export function readCatalogue(source: string): CatalogueReading {
  const lines = new LineCounter()
  // Failsafe: every scalar stays the text that was written, so `001`, `7.50` and `2026-1` are what they look like.
  const document = parseDocument(source.replace(/^\uFEFF/, ''), { schema: 'failsafe', lineCounter: lines })
  if (document.errors.length > 0) {
    return {
      outcome: 'refused',
      faults: document.errors.map((error) => ({
        ...placeAt(lines, error.pos[0]),
        path: '',
        detail: error.message.split('\n')[0] ?? 'is no YAML',
      })),
    }
  }
  const at = (path: PropertyKey[], key?: string) => placeOf(document.contents, lines, path, key)
  const parsed = fileShape.safeParse(document.toJS({ maxAliasCount: 100 }))
  if (!parsed.success) {
    return {
      outcome: 'refused',
      faults: parsed.error.issues.flatMap((issue) => faultsOf(issue, at, document.hasIn(issue.path))),
    }
  }
  const findings = crossCheck(parsed.data)
  const placed = (found: Finding[]) =>
    found.map(({ path, detail }) => ({ ...at(path), path: path.map(String).join('.'), detail }))
  return findings.faults.length > 0
    ? { outcome: 'refused', faults: placed(findings.faults) }
    : { outcome: 'read', file: parsed.data, warnings: placed(findings.warnings) }
}

type Place = { line: number; column: number }

function faultsOf(
  issue: z.core.$ZodIssue,
  at: (path: PropertyKey[], key?: string) => Place,
  isThere: boolean,
): CatalogueFault[] {
  const path = issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      ...at(issue.path, key),
      path: [...issue.path, key].map(String).join('.'),
      detail: `no such key: ${key}`,
    }))
  }
  return [{ ...at(issue.path), path, detail: isThere ? issue.message : `is missing: ${issue.message}` }]
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

/** Where a path stands; where it is missing, the nearest thing above it that is there. */
function placeOf(root: Node | null, lines: LineCounter, path: PropertyKey[], key?: string): Place {
  let node: unknown = root
  let start = offsetOf(root) ?? 0
  for (const step of key === undefined ? path : [...path, key]) {
    const next = stepInto(node, step)
    if (!next) break
    start = next.start ?? start
    node = next.node
  }
  return placeAt(lines, start)
}

function stepInto(node: unknown, step: PropertyKey): { node: unknown; start: number | undefined } | null {
  if (isMap(node)) {
    const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === step)
    return pair ? { node: pair.value, start: offsetOf(pair.value) ?? offsetOf(pair.key) } : null
  }
  const items = (node as { items?: unknown[] } | null)?.items
  const item = Array.isArray(items) ? items[step as number] : undefined
  return item === undefined ? null : { node: item, start: offsetOf(item) }
}

function offsetOf(node: unknown): number | undefined {
  return (node as { range?: [number, number, number] | null } | null)?.range?.[0]
}

interface Finding {
  path: PropertyKey[]
  detail: string
}

/** What no single value shows: repeated codes, days that run backwards, sessions outside their class. */
function crossCheck({ projects }: CatalogueFile): { faults: Finding[]; warnings: Finding[] } {
  const faults: Finding[] = []
  const warnings: Finding[] = []
  const projectNos = new Map<string, string>()
  const codes = new Map<string, string>()
  const activities = new Map<string, string>()
  const sessions = new Map<string, string>()
  for (const [p, project] of projects.entries()) {
    once(faults, projectNos, project.project_no, 'project_no', ['projects', p, 'project_no'])
    for (const [o, offering] of (project.offerings ?? []).entries()) {
      const path = ['projects', p, 'offerings', o]
      once(faults, codes, offering.code, 'code', [...path, 'code'])
      for (const [a, activity] of (offering.activities ?? []).entries()) {
        const owner = activities.get(`${activity.source}\n${activity.id}`)
        activities.set(`${activity.source}\n${activity.id}`, offering.code)
        if (owner && owner !== offering.code) {
          faults.push({
            path: [...path, 'activities', a],
            detail: `the same activity is mapped to ${owner} too`,
          })
        }
      }
      if (offering.contains?.includes(offering.code)) {
        faults.push({ path: [...path, 'contains'], detail: 'an offering cannot contain itself' })
      }
      checkClasses(faults, warnings, sessions, offering, path)
    }
  }
  return { faults, warnings }
}

function once(
  faults: Finding[],
  seen: Map<string, string>,
  value: string,
  what: string,
  path: PropertyKey[],
): void {
  if (seen.has(value)) faults.push({ path, detail: `${what} ${value} is here twice` })
  seen.set(value, value)
}

function checkClasses(
  faults: Finding[],
  warnings: Finding[],
  sessions: Map<string, string>,
  offering: OfferingEntry,
  path: PropertyKey[],
): void {
  const codes = new Map<string, string>()
  for (const [c, each] of (offering.classes ?? []).entries()) {
    const at = [...path, 'classes', c]
    once(faults, codes, each.code, 'class code', [...at, 'code'])
    if (each.to < each.from) faults.push({ path: [...at, 'to'], detail: 'is before from' })
    const numbers = new Map<string, string>()
    for (const [s, session] of (each.sessions ?? []).entries()) {
      once(faults, numbers, String(session.no), 'session', [...at, 'sessions', s, 'no'])
      const on = dayOf(session.starts)
      if (on < each.from || on > each.to) {
        faults.push({
          path: [...at, 'sessions', s, 'starts'],
          detail: `is outside the class, ${each.from} to ${each.to}`,
        })
      }
      const owner = sessions.get(`${each.code}/${session.no}`)
      if (owner) {
        const detail = `offering ${owner} has a session ${each.code}/${session.no} too: say which offering is attended`
        warnings.push({ path: [...at, 'sessions', s], detail })
      }
      sessions.set(`${each.code}/${session.no}`, offering.code)
    }
  }
  const hasSessions = (offering.classes ?? []).some((each) => (each.sessions ?? []).length > 0)
  if (offering.award_basis === 'by_attendance' && !hasSessions) {
    warnings.push({ path: [...path, 'award_basis'], detail: 'by attendance, but no class has sessions' })
  }
}
