import { Badge, type Tone } from '../../web/components.tsx'
import type { DeskFrame } from '../frame.tsx'
import type { BulkShown, DraftShown } from './answers.ts'
import { faultText, faultWords } from './fault-messages.ts'
import type { RejectedSay } from './rejected-messages.ts'
import { saidOf } from './said.tsx'

/** What the list is narrowed to; empty texts take all. */
export interface RejectedAsked {
  source: string
  code: string
  state: string
  before: string
}

/** What a bulk mending did, or would do, and with what it was asked for. */
export interface BulkOutcome extends BulkShown {
  mendings: string[]
  reason: string
  isApplied: boolean
  /** There is more than one bulk mending takes. */
  capped: boolean
}

/** What is asked of the bridge: a text that was left as the page showed it is no edit. */
export interface Plan {
  body?: string
  edits?: { index: number; text: string }[]
  mendings?: string[]
  leave_out?: number[]
}

/** A mending on its way: what was asked for, and what it would make. */
export interface Mending {
  plan: Plan
  form: Record<string, unknown>
  /** SHA-256 of the plan: only what was looked at is replayed. */
  digest: string
  draft: DraftShown | null
  note?: 'differs' | 'whyMissing'
}

const tones: Record<string, Tone> = { open: 'warn', mended: 'good', dismissed: 'plain' }

/** The state of a refused request. */
export function RejectedState({ say, state }: { say: RejectedSay; state: string }) {
  const known = (['open', 'mended', 'dismissed'] as const).find((one) => one === state)
  return <Badge tone={tones[state] ?? 'plain'}>{known ? say(`state_${known}`) : state}</Badge>
}

/** A number of bytes as people read it. */
export function shownBytes(bytes: number): string {
  return bytes < 1024
    ? `${bytes} B`
    : bytes < 1_048_576
      ? `${(bytes / 1024).toFixed(1)} KB`
      : `${(bytes / 1_048_576).toFixed(1)} MB`
}

/** A fault in words, by its code. */
export function faultName({ lang }: DeskFrame, code: string): string {
  return saidOf(faultWords, faultText(lang), code) ?? code
}

const mendingWords = [
  'add_mailto',
  'trim',
  'plain_uuid',
  'add_scheme',
  'encode_blanks',
  'text_to_boolean',
  'text_to_number',
  'remove_empty',
  'remove_unknown',
  'plain_timestamp',
  'seconds_to_duration',
  'new_id',
] as const

/** What a mending does, in words; one that these pages do not know as the bridge says it. */
export function mendingSaid(say: RejectedSay, name: string, does: string): string {
  const known = mendingWords.find((one) => one === name.replaceAll('-', '_'))
  return known ? say(`mending_${known}`) : does
}

/** What changed a statement: a mending, or a hand. */
export function changeSaid(say: RejectedSay, change: string): string {
  return change === 'edited' ? say('edited') : mendingSaid(say, change, change)
}
