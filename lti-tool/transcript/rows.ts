import type { Handle } from '../../foundation/database/connect.ts'
import { hoursText } from '../../foundation/hours.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Day } from '../../foundation/time.ts'
import { type ClaimState, claimStatesOf } from '../../ledger/books/claim-states.ts'
import { type OfferingInfo, offeringsById } from '../../ledger/catalogue/offering.ts'
import { accountOf } from '../../ledger/claims/submit.ts'
import { teacherByNo } from '../../ledger/roster/people.ts'
import {
  type TranscriptEntry,
  type TranscriptJson,
  transcriptOf,
} from '../../ledger/transcript/transcript.ts'

/** One line of the table: a claim with what became of it. Hours as decimal text. */
export interface ClaimRow {
  claimId: Id
  date: Day
  projectNo: string | null
  /** Null when no offering of the catalogue is meant. */
  title: string | null
  level: OfferingInfo['level'] | null
  category: string | null
  form: string | null
  /** Null where the source's unit has no ratio, or nothing was awarded. */
  claimed: string | null
  recognised: string
  counted: string
  pending: string
  state: RowState
  /** Why, where more is to be said than the state. */
  reason: ClaimState['reason']
  source: string
  /** `statement:<uuid>` or where else the source's own words are kept. */
  rawRef: string
  evidence: string[]
  /** Every leg of the book, oldest first. */
  legs: TranscriptEntry[]
}

/** What a row says of its claim. */
export type RowState =
  | 'counted'
  | 'partly'
  | 'excess'
  | 'pending'
  | 'held'
  | 'awaiting_check'
  | 'school_checked'
  | 'rejected'
  | 'withdrawn'
  | 'reversed'
  | 'none'

/** A transcript with its table. */
export interface TranscriptView {
  transcript: TranscriptJson
  rows: ClaimRow[]
}

/** Windows a person may choose among, as `transcriptOf` names them. */
export const windowNames = ['cycle', 'year', 'registration', 'rolling'] as const
/** One of `windowNames`. */
export type WindowName = (typeof windowNames)[number]

/** Reads a teacher's transcript over a window, with claims that have no hours yet. Throws what `transcriptOf` throws. */
export async function readTranscript(
  handle: Handle,
  ask: { teacherNo: string; window: WindowName; today: Day },
): Promise<TranscriptView> {
  const transcript = await transcriptOf(handle, ask)
  const teacher = await teacherByNo(handle, ask.teacherNo, ask.today)
  const states = teacher ? await claimStatesOf(handle, [accountOf(teacher.teacherId)]) : []
  const offerings = await offeringsById(
    handle,
    states.flatMap(({ content }) => content.offeringId ?? []),
  )
  return { transcript, rows: rowsOf(transcript, states, offerings) }
}

/** The claims of a window, newest first. A claim without an award stands on the day it ended. */
export function rowsOf(
  { window, entries }: TranscriptJson,
  states: ClaimState[],
  offerings: Map<Id, OfferingInfo>,
): ClaimRow[] {
  const isInside = (day: Day) =>
    window.from === null || window.to === null || (window.from <= day && day <= window.to)
  return states
    .map((state) => rowOf(state, entries, offerings))
    .filter(({ date }) => isInside(date))
    .sort((a, b) => (a.date < b.date ? 1 : a.date > b.date ? -1 : a.claimId < b.claimId ? 1 : -1))
}

function rowOf(state: ClaimState, entries: TranscriptEntry[], offerings: Map<Id, OfferingInfo>): ClaimRow {
  const { content, milliHours } = state
  const offering = offerings.get(content.offeringId ?? '') ?? null
  return {
    claimId: state.claimId,
    date: state.effectiveOn ?? content.endedOn,
    projectNo: offering?.projectNo ?? null,
    title: offering?.title ?? null,
    level: offering?.level ?? null,
    category: offering?.category ?? null,
    form: offering?.form ?? null,
    claimed: milliHours.claimed === null ? null : hoursText(milliHours.claimed),
    recognised: hoursText(milliHours.counted + milliHours.excess),
    counted: hoursText(milliHours.counted),
    pending: hoursText(milliHours.pending),
    state: rowState(state),
    reason: state.reason,
    source: content.source.name,
    rawRef: content.rawRef,
    evidence: content.evidence,
    legs: entries.filter(({ claim_id }) => claim_id === state.claimId),
  }
}

function rowState({ claimStatus, entryStatus, milliHours, reason }: ClaimState): RowState {
  if (entryStatus === 'reversed') return 'reversed'
  if (claimStatus === 'withdrawn') return 'withdrawn'
  if (claimStatus === 'rejected') return 'rejected'
  if (entryStatus === 'held') return 'held'
  if (milliHours.counted > 0) return milliHours.excess + milliHours.pending > 0 ? 'partly' : 'counted'
  if (milliHours.excess > 0) return 'excess'
  if (claimStatus === 'school_checked' || reason === 'awaiting_recognition') return 'school_checked'
  if (reason === 'awaiting_check') return 'awaiting_check'
  if (milliHours.pending > 0) return 'pending'
  if (reason === null) return claimStatus === 'awaiting_check' ? 'awaiting_check' : 'none'
  return reason === 'excluded' || reason === 'zero' || reason === 'attendance_part' ? 'none' : 'pending'
}

/** What the window asks for as a whole: the largest requirement in hours over exactly its days; null where the policy states none. */
export function targetOf({ requirements, window }: TranscriptJson): { need: string; gap: string } | null {
  const whole = requirements
    .filter(({ unit, need }) => unit === 'hour' && need !== null)
    .filter((one) => one.window !== null && one.window.from === window.from && one.window.to === window.to)
    .sort((a, b) => Number(b.need) - Number(a.need))[0]
  return whole?.need ? { need: whole.need, gap: whole.gap ?? '0' } : null
}
