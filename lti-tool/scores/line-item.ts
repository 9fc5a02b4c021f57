import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { isDuplicateKey } from '../../foundation/database/dialect.ts'
import { type Id, newId, sha256 } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { ScoreCode } from './score.ts'
import type { Target } from './targets.ts'

/**
 * Where the line item of an offering on a resource link is known: looked for, found, left to a person (there are
 * several, or none is surely ours), or not there.
 */
export const lineItemStates = ['waiting', 'found', 'choose', 'absent'] as const
/** One of `lineItemStates`. */
export type LineItemState = (typeof lineItemStates)[number]

/** A line item that a person may choose. */
export interface Candidate {
  id: string
  label: string
}

/** The line item of an offering on one resource link, as far as it is known. */
export interface SoughtLineItem {
  id: Id
  iss: string
  clientId: string
  lineItemsUrl: string
  resourceLinkId: string
  offeringId: Id
  launchId: Id
  state: LineItemState
  lineItemUrl: string | null
  candidates: Candidate[]
  created: boolean
  code: ScoreCode | null
  status: number | null
  attempts: number
  notBefore: Instant
}

type Place = Pick<Target, 'iss' | 'clientId' | 'lineItemsUrl' | 'resourceLinkId' | 'offeringId'>

function lookupOf({ iss, clientId, lineItemsUrl, resourceLinkId, offeringId }: Place): Buffer {
  return sha256(`line-item/1\n${JSON.stringify([iss, clientId, lineItemsUrl, resourceLinkId, offeringId])}`)
}

/** The line item that was found or chosen for such a launch, or null. */
export async function foundLineItem(handle: Handle, place: Place): Promise<string | null> {
  if (place.lineItemsUrl === null || place.resourceLinkId === null) return null
  const row = await handle('score_line_item')
    .where({ lookup: lookupOf(place), state: 'found' })
    .first('line_item_url')
  return row?.line_item_url ?? null
}

/** Notes that the line item of such a launch is wanted; a further launch gives an absent one another chance. */
export async function wantLineItem(trx: Trx, target: Target, now: Instant): Promise<void> {
  const { lineItemsUrl, resourceLinkId } = target
  if (lineItemsUrl === null || resourceLinkId === null) return
  const lookup = lookupOf(target)
  const held = await trx('score_line_item').where({ lookup }).first('state', 'settled_at')
  if (held) {
    if (held.state === 'absent' && target.launchedAt > safeInteger(held.settled_at))
      await trx('score_line_item').where({ lookup, state: 'absent' }).update(lookedForAgain(now))
    return
  }
  try {
    await trx('score_line_item').insert({
      line_item_id: idBytes(newId()),
      lookup,
      iss: target.iss,
      client_id: target.clientId,
      line_items_url: lineItemsUrl,
      resource_link_id: resourceLinkId,
      offering_id: idBytes(target.offeringId),
      launch_id: idBytes(target.launchId),
      state: 'waiting',
      created: 0,
      attempts: 0,
      not_before: now,
      leased_until: 0,
    })
  } catch (error) {
    if (!isDuplicateKey(error, 'score_line_item_lookup')) throw error
  }
}

/** The columns of a line item that is looked for anew. */
export function lookedForAgain(now: Instant) {
  return { state: 'waiting', code: null, status: null, attempts: 0, not_before: now, settled_at: null }
}

/** A row as code carries it. */
// biome-ignore lint/suspicious/noExplicitAny: rows come as drivers give them; each value is read here.
export function soughtFrom(row: any): SoughtLineItem {
  return {
    id: idText(row.line_item_id),
    iss: row.iss,
    clientId: row.client_id,
    lineItemsUrl: row.line_items_url,
    resourceLinkId: row.resource_link_id,
    offeringId: idText(row.offering_id),
    launchId: idText(row.launch_id),
    state: row.state,
    lineItemUrl: row.line_item_url,
    candidates: row.candidates ? (JSON.parse(row.candidates.toString('utf8')) as Candidate[]) : [],
    created: Number(row.created) === 1,
    code: row.code,
    status: row.status === null ? null : safeInteger(row.status),
    attempts: safeInteger(row.attempts),
    notBefore: safeInteger(row.not_before) as Instant,
  }
}
