import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { groupBy } from '../../ledger/claims/group.ts'
import { type Suggestion, suggestionsFor } from '../aliases/suggestions.ts'
import { candidatesFor, type PersonCandidate } from '../conversion/candidates.ts'
import { readingsAt } from '../reading/store.ts'
import type { QueueEntry } from './queue.ts'

/** What may help a person to decide on a waiting completion. */
export interface QueueHint {
  /** The activity as the source names it; null where the statement was not read. */
  activityId: string | null
  /** Of an activity that nobody mapped: offerings that it may be. */
  suggestions: Suggestion[]
  /** Of an identifier that nobody linked: teachers whom it may mean. */
  candidates: PersonCandidate[]
}

/** Hints for these entries, by item; those without any are absent. Likeness is shown with its reason and never decides. */
export async function hintsFor(handle: Handle, entries: readonly QueueEntry[]): Promise<Map<Id, QueueHint>> {
  const asked = entries.filter(({ reason }) =>
    /^(ACTIVITY_UNKNOWN|ACTOR_UNKNOWN|ACTOR_AMBIGUOUS)$/.test(reason),
  )
  const readings = new Map(
    (
      await readingsAt(
        handle,
        asked.map(({ seq }) => seq),
      )
    ).map((reading) => [reading.seq, reading]),
  )
  const candidates = await candidatesFor(
    handle,
    [...readings.values()].flatMap(({ actor }) => actor.identifier ?? []),
  )
  const hints = new Map<Id, QueueHint>()
  for (const [name, mine] of groupBy(asked, ({ source }) => source)) {
    const unmapped = mine.flatMap(({ reason, seq }) => {
      const reading = readings.get(seq)
      const id = reading?.activities[0]
      return reason === 'ACTIVITY_UNKNOWN' && reading && id ? [{ id, name: reading.activityName }] : []
    })
    const sourceId = mine[0]?.sourceId as Id
    const suggestions =
      unmapped.length > 0 ? await suggestionsFor(handle, { id: sourceId, name }, unmapped) : new Map()
    for (const { itemId, reason, seq } of mine) {
      const reading = readings.get(seq)
      const activityId = reading?.activities[0] ?? null
      hints.set(itemId, {
        activityId,
        suggestions: reason === 'ACTIVITY_UNKNOWN' ? (suggestions.get(activityId ?? '') ?? []) : [],
        candidates: reason === 'ACTIVITY_UNKNOWN' ? [] : (candidates.get(reading?.actor.key ?? '') ?? []),
      })
    }
  }
  return hints
}
