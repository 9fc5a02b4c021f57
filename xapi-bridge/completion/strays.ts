import { achieved, heldUp, keep, type Work } from './attempt-work.ts'
import { keptMapping } from './hold.ts'
import type { Item } from './item.ts'

/** The same attempt without what stood in it by a decision of before only; null when nothing is left that opens. */
export function withoutStrays(work: Work): Work | null {
  const { attempt, topic, around } = work
  const openers = attempt.openers.filter(({ seq }) => !topic.strays.has(seq))
  if (openers.length === attempt.openers.length) return work
  if (openers.length === 0) return null
  const left = { ...attempt, openers }
  return { ...work, ...achieved(topic, left, around.rulesOn), attempt: left }
}

/** Whether an item is here by a decision of before only. */
export function isStray({ topic }: Work, { openedSeq }: Item): boolean {
  return topic.strays.has(openedSeq)
}

/** Whether a person has to say, or has not said yet, if a claim stands whose name means something else by now. */
export function asksWhatItMeans(work: Work, item: Item): boolean {
  if (!isStray(work, item) || item.released.includes(keptMapping)) return false
  const claimedFor = work.topic.offering?.code ?? ''
  const detail = `claimed for ${claimedFor}; ${work.topic.activityId} does not mean that any more`.slice(
    0,
    500,
  )
  keep(work, heldUp(item, 'MAPPING_CHANGED', detail, work.around.now))
  return true
}
