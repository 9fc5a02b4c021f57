import type { Handle } from '../../foundation/database/connect.ts'
import { hoursText } from '../../foundation/hours.ts'
import { type Day, dayOf } from '../../foundation/time.ts'
import { teachersById } from '../../ledger/roster/people.ts'
import type { PersonalVerdict } from './verdict.ts'

/** How a completion comes out differently. */
export type Difference =
  | 'newly_credited'
  | 'no_longer_credited'
  | 'credited_otherwise'
  | 'waits_otherwise'
  | 'fault'

/** One example of a difference. */
export interface Sample {
  kind: Difference
  statement_id: string
  teacher_no: string | null
  offering: string | null
  /** A reason code, `credited`, or null where there is no completion. */
  before: string | null
  after: string | null
  /** The rule that reads it, or the failing condition with value and limit. */
  reason: string
}

/** Hours that would come and go, decimal text. */
interface HoursLine {
  gain: string
  lose: string
}

/** How other rules would have decided. Hours are those that offerings are approved for, before caps and dedupe. */
export interface Differences {
  statements: number
  /** Completions that come out differently in any way. */
  changed: number
  newly_credited: number
  no_longer_credited: number
  /** Still credited, as another claim: other score, date, evidence or offering. */
  credited_otherwise: number
  completions_new: number
  completions_lost: number
  /** Statements on which the rules tried fail. */
  faults: number
  /** Waiting completions that come under a code or leave it. */
  codes: { code: string; entering: number; leaving: number }[]
  by_school: ({ school: string | null } & HoursLine)[]
  by_category: ({ category: string } & HoursLine)[]
  /** By the year of the event. */
  by_year: ({ year: string; newly_credited: number; no_longer_credited: number } & HoursLine)[]
  samples: Sample[]
}

/** Twenty examples of each kind. */
const mostSamples = 20

interface Sum {
  gain: number
  lose: number
}

/** Counts differences as they are found. */
export interface DifferencesTally {
  statement(): void
  fault(statementId: string): void
  compare(
    handle: Handle,
    before: readonly PersonalVerdict[],
    after: readonly PersonalVerdict[],
    today: Day,
  ): Promise<void>
  result(): Differences
}

/** An empty tally. */
export function differencesTally(): DifferencesTally {
  const counts = {
    statements: 0,
    changed: 0,
    newly: 0,
    lost: 0,
    otherwise: 0,
    fresh: 0,
    vanished: 0,
    faults: 0,
  }
  const codes = new Map<string, { entering: number; leaving: number }>()
  const schools = new Map<string, Sum>()
  const categories = new Map<string, Sum>()
  const years = new Map<string, Sum & { newly: number; lost: number }>()
  const samples: Sample[] = []

  function sample(one: Sample): void {
    if (samples.filter(({ kind }) => kind === one.kind).length < mostSamples) samples.push(one)
  }

  function move(verdict: PersonalVerdict, way: 'gain' | 'lose', school: string | null): void {
    const day = dayOf(verdict.endedAt)
    add(schools, school ?? '', way, verdict.milliHours)
    add(categories, verdict.category ?? '', way, verdict.milliHours)
    const year = years.get(day.slice(0, 4)) ?? { gain: 0, lose: 0, newly: 0, lost: 0 }
    year[way] += verdict.milliHours
    year[way === 'gain' ? 'newly' : 'lost'] += 1
    years.set(day.slice(0, 4), year)
  }

  function code(name: string, way: 'entering' | 'leaving'): void {
    const line = codes.get(name) ?? { entering: 0, leaving: 0 }
    line[way] += 1
    codes.set(name, line)
  }

  function note(before: PersonalVerdict | null, after: PersonalVerdict | null, school: string | null): void {
    const kind = differenceOf(before, after)
    if (kind === null) return
    counts.changed += 1
    if (!before) counts.fresh += 1
    if (!after) counts.vanished += 1
    if (before?.code && before.code !== after?.code) code(before.code, 'leaving')
    if (after?.code && after.code !== before?.code) code(after.code, 'entering')
    if (kind === 'newly_credited' && after) {
      counts.newly += 1
      move(after, 'gain', school)
    } else if (kind === 'no_longer_credited' && before) {
      counts.lost += 1
      move(before, 'lose', school)
    } else if (kind === 'credited_otherwise') counts.otherwise += 1
    const shown = after ?? (before as PersonalVerdict)
    sample({
      kind,
      statement_id: shown.opener.statementId,
      teacher_no: shown.teacherNo,
      offering: shown.offeringCode,
      before: before ? (before.code ?? 'credited') : null,
      after: after ? (after.code ?? 'credited') : null,
      reason: !after ? 'no completion under these rules' : after.detail || `rule ${after.rule}`,
    })
  }

  return {
    statement: () => {
      counts.statements += 1
    },
    fault(statementId) {
      counts.faults += 1
      sample({
        kind: 'fault',
        statement_id: statementId,
        teacher_no: null,
        offering: null,
        before: null,
        after: 'RULE_FAULT',
        reason: 'the rules fail on it',
      })
    },
    async compare(handle, before, after, today) {
      const pairs = paired(before, after).filter(([one, other]) => differenceOf(one, other) !== null)
      const ids = pairs.flatMap(([one, other]) => one?.teacherId ?? other?.teacherId ?? [])
      const teachers = await teachersById(handle, [...new Set(ids)], today)
      for (const [one, other] of pairs) {
        const teacher = teachers.get(one?.teacherId ?? other?.teacherId ?? '')
        note(one, other, teacher?.school?.schoolName ?? null)
      }
    },
    result: () => ({
      statements: counts.statements,
      changed: counts.changed,
      newly_credited: counts.newly,
      no_longer_credited: counts.lost,
      credited_otherwise: counts.otherwise,
      completions_new: counts.fresh,
      completions_lost: counts.vanished,
      faults: counts.faults,
      codes: sorted(codes).map(([name, line]) => ({ code: name, ...line })),
      by_school: sorted(schools).map(([school, sum]) => ({ school: school || null, ...hours(sum) })),
      by_category: sorted(categories).map(([category, sum]) => ({ category, ...hours(sum) })),
      by_year: sorted(years).map(([year, sum]) => ({
        year,
        newly_credited: sum.newly,
        no_longer_credited: sum.lost,
        ...hours(sum),
      })),
      samples: samples.sort((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0)),
    }),
  }
}

/** How one completion differs; null where it does not. */
function differenceOf(before: PersonalVerdict | null, after: PersonalVerdict | null): Difference | null {
  const was = before !== null && before.code === null
  const is = after !== null && after.code === null
  if (is && !was) return 'newly_credited'
  if (was && !is) return 'no_longer_credited'
  if (was && is) return before.says === after.says ? null : 'credited_otherwise'
  return before?.code === after?.code ? null : 'waits_otherwise'
}

/** Verdicts on the same attempt; where rules tell attempts apart differently, those that one statement opened. */
function paired(
  before: readonly PersonalVerdict[],
  after: readonly PersonalVerdict[],
): [PersonalVerdict | null, PersonalVerdict | null][] {
  const left = new Map(before.map((verdict) => [verdict.key, verdict]))
  const pairs: [PersonalVerdict | null, PersonalVerdict | null][] = []
  const rest: PersonalVerdict[] = []
  for (const verdict of after) {
    const same = left.get(verdict.key)
    if (same) {
      pairs.push([same, verdict])
      left.delete(verdict.key)
    } else rest.push(verdict)
  }
  const bySeq = new Map([...left.values()].map((verdict) => [verdict.opener.seq, verdict]))
  for (const verdict of rest) {
    const same = bySeq.get(verdict.opener.seq) ?? null
    pairs.push([same, verdict])
    if (same) left.delete(same.key)
  }
  return [...pairs, ...[...left.values()].map((verdict): [PersonalVerdict, null] => [verdict, null])]
}

function add(sums: Map<string, Sum>, name: string, way: 'gain' | 'lose', milliHours: number): void {
  const sum = sums.get(name) ?? { gain: 0, lose: 0 }
  sum[way] += milliHours
  sums.set(name, sum)
}

function hours({ gain, lose }: Sum): HoursLine {
  return { gain: hoursText(gain), lose: hoursText(lose) }
}

function sorted<T>(map: Map<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}
