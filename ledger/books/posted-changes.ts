import { idBytes, idText, idTextOrNull, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { type Why, whys } from '../policy/evaluation.ts'
import type { OutboxEvent } from './outbox-relay.ts'
import { buckets, type EntryBucket, entryKinds } from './words.ts'

/** What one posting changed about the hours of one claim. */
export interface PostedChange {
  event: OutboxEvent
  claimId: Id
  /** award: hours where there were none · revalued: others instead · moved: to another bucket · reversed: none any more. */
  change: 'award' | 'revalued' | 'moved' | 'reversed'
  /** Where hours came to stand; empty for a reversal. */
  buckets: EntryBucket[]
  why: Why
  sourceId: Id
  offeringId: Id | null
  /** Where the source's own words are kept, such as `statement:<uuid>`. */
  rawRef: string
}

interface Leg {
  account_id: Buffer
  seq: unknown
  kind: number
  claim_id: Buffer
  bucket: number
  milli_hours: unknown
  why: number
}

/** What these postings changed, in the order of the events and then of the claims; postings without hours are absent. */
export async function changesIn(handle: Handle, events: readonly OutboxEvent[]): Promise<PostedChange[]> {
  const changes: PostedChange[] = []
  for (let from = 0; from < events.length; from += 100) {
    const some = events.slice(from, from + 100)
    const legs: Leg[] = await handle('entry')
      .select('account_id', 'seq', 'kind', 'claim_id', 'bucket', 'milli_hours', 'why')
      .where((any) => {
        for (const { accountId, seq } of some)
          any.orWhere((one) => one.where({ account_id: idBytes(accountId), seq }))
      })
      .orderBy(['account_id', 'seq', 'leg'])
    changes.push(...(await changesOf(handle, some, legs)))
  }
  return changes
}

async function changesOf(
  handle: Handle,
  events: readonly OutboxEvent[],
  legs: readonly Leg[],
): Promise<PostedChange[]> {
  const byPosting = new Map<string, Map<Id, Leg[]>>()
  for (const leg of legs) {
    const posting = `${idText(leg.account_id)} ${safeInteger(leg.seq)}`
    const claims = byPosting.get(posting) ?? new Map<Id, Leg[]>()
    byPosting.set(posting, claims)
    const claimId = idText(leg.claim_id)
    claims.set(claimId, [...(claims.get(claimId) ?? []), leg])
  }
  const claims = await claimsById(
    handle,
    [...byPosting.values()].flatMap((claims) => [...claims.keys()]),
  )
  return events.flatMap((event) => {
    const posted = byPosting.get(`${event.accountId} ${event.seq}`) ?? new Map<Id, Leg[]>()
    return [...posted].flatMap(([claimId, own]) => {
      const claim = claims.get(claimId)
      return claim ? [{ event, claimId, ...changeOf(own), ...claim }] : []
    })
  })
}

function changeOf(legs: readonly Leg[]): Pick<PostedChange, 'change' | 'buckets' | 'why'> {
  const has = (kind: 'award' | 'reversal') => legs.some((leg) => entryKinds.word(leg.kind) === kind)
  const gained = legs.filter(
    (leg) => entryKinds.word(leg.kind) !== 'reversal' && safeInteger(leg.milli_hours) > 0,
  )
  const change = has('award')
    ? has('reversal')
      ? 'revalued'
      : 'award'
    : has('reversal')
      ? 'reversed'
      : 'moved'
  const telling = change === 'reversed' ? legs : gained
  return {
    change,
    buckets: change === 'reversed' ? [] : [...new Set(gained.map(({ bucket }) => buckets.word(bucket)))],
    why: whys.word((telling[0] ?? (legs[0] as Leg)).why),
  }
}

async function claimsById(
  handle: Handle,
  claimIds: readonly Id[],
): Promise<Map<Id, Pick<PostedChange, 'sourceId' | 'offeringId' | 'rawRef'>>> {
  const claims = new Map<Id, Pick<PostedChange, 'sourceId' | 'offeringId' | 'rawRef'>>()
  const ids = [...new Set(claimIds)]
  for (let from = 0; from < ids.length; from += 500) {
    const rows = await handle('claim')
      .select('claim_id', 'source_id', 'offering_id', 'raw_ref')
      .whereIn('claim_id', ids.slice(from, from + 500).map(idBytes))
    for (const row of rows)
      claims.set(idText(row.claim_id), {
        sourceId: idText(row.source_id),
        offeringId: idTextOrNull(row.offering_id),
        rawRef: row.raw_ref,
      })
  }
  return claims
}
