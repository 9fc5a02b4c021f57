import { InvalidInput } from '../../foundation/errors.ts'
import type { Fault } from '../language/faults.ts'
import { type Checked, type Checking, checkTexts } from './check.ts'
import { type Contents, contentsOf, textsIn } from './contents.ts'
import { type MendingName, mended } from './mendings.ts'

/** What an administrator wants changed before a rejected input is replayed. */
export interface MendingPlan {
  /** A whole new body, where the one that came cannot be taken apart. */
  body?: string
  /** New texts of single statements. */
  edits?: { index: number; text: string }[]
  /** Mendings for all faults of their kinds. */
  mendings?: MendingName[]
  /** Places of statements that shall not be replayed. */
  leaveOut?: number[]
}

/** One statement before and after a plan. */
export interface Drafted {
  index: number
  before: string
  after: string
  faultsBefore: Fault[]
  /** What keeps it from being replayed; none where it is ready or left out. */
  faultsAfter: Fault[]
  isLeftOut: boolean
  /** Names of what changed it: mendings, and `edited` for a change by hand. */
  changes: string[]
  checked: Checked | null
}

/** What a plan makes of a rejected input. */
export interface Draft {
  statements: Drafted[]
  /** Faults of the whole body, while it cannot be taken apart. */
  faults: Fault[]
  /** Nothing is in the way of a replay. */
  isReady: boolean
}

/** One mending may lay bare what another one mends; more rounds than this have never helped. */
const rounds = 3

/**
 * Makes the draft of a plan; changes nothing. Edits come first, then mendings in the order given. Throws InvalidInput
 * (`mending-invalid`) for a place that is not there.
 */
export async function draftOf(
  ground: Omit<Checking, 'parts'> & { config: { xapiIriBase: string } },
  plan: MendingPlan,
): Promise<Draft> {
  const came = contentsOf(ground.input, ground.source, ground.config)
  const on: Checking = { ...ground, parts: came.parts }
  const given: Contents = plan.body === undefined ? came : textsIn(Buffer.from(plan.body))
  const wholeIsEdited = plan.body !== undefined
  refuseUnknownPlaces(plan, given)
  if (given.faults.length > 0 && !plan.edits?.length) {
    const text = given.texts[0] ?? ''
    const one: Drafted = {
      index: 0,
      before: text,
      after: text,
      faultsBefore: given.faults,
      faultsAfter: given.faults,
      isLeftOut: false,
      changes: [],
      checked: null,
    }
    return { statements: [one], faults: given.faults, isReady: false }
  }

  const leftOut = new Set(plan.leaveOut)
  const drafts: Drafted[] = given.texts.map((text, index) => ({
    index,
    before: wholeIsEdited ? (came.texts[index] ?? '') : text,
    after: text,
    faultsBefore: [],
    faultsAfter: [],
    isLeftOut: leftOut.has(index),
    changes: wholeIsEdited ? ['edited'] : [],
    checked: null,
  }))
  await check(on, drafts)
  for (const one of drafts) one.faultsBefore = one.faultsAfter
  for (const { index, text } of plan.edits ?? []) {
    const one = drafts[index] as Drafted
    if (one.after !== text && !one.changes.includes('edited')) one.changes.push('edited')
    one.after = text
  }
  await check(on, drafts)
  await mend(on, drafts, plan.mendings ?? [])

  const kept = drafts.filter(({ isLeftOut }) => !isLeftOut)
  const isReady = kept.length > 0 && kept.every(({ faultsAfter }) => faultsAfter.length === 0)
  return { statements: drafts, faults: [], isReady }
}

function refuseUnknownPlaces({ edits = [], leaveOut = [] }: MendingPlan, { texts }: Contents): void {
  const places = [...edits.map(({ index }) => index), ...leaveOut]
  if (places.some((index) => index < 0 || index >= texts.length))
    throw new InvalidInput('mending-invalid', 'the rejected input has no statement at one of these places')
}

async function mend(on: Checking, drafts: Drafted[], names: MendingName[]): Promise<void> {
  for (let round = 0; names.length > 0 && round < rounds; round++) {
    let changed = false
    for (const one of drafts) {
      if (one.isLeftOut) continue
      for (const name of names) {
        const after = mended(one.after, name, one.faultsAfter)
        if (after === one.after) continue
        one.after = after
        changed = true
        if (!one.changes.includes(name)) one.changes.push(name)
      }
    }
    if (!changed) return
    await check(on, drafts)
  }
}

async function check(on: Checking, drafts: Drafted[]): Promise<void> {
  const kept = drafts.filter(({ isLeftOut }) => !isLeftOut)
  const checked = await checkTexts(
    on,
    kept.map(({ index, after }) => ({ index, text: after })),
  )
  kept.forEach((one, n) => {
    const result = checked[n] as Checked
    one.checked = result
    one.faultsAfter = result.faults
  })
}
