import { idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant, isoOf } from '../../foundation/time.ts'
import {
  lockPlace,
  movePlace,
  outboxAfter,
  outboxBehind,
  relayOutbox,
} from '../../ledger/books/outbox-relay.ts'
import { changesIn, type PostedChange } from '../../ledger/books/posted-changes.ts'
import type { Item } from '../completion/item.ts'
import { statementsAt } from '../statements/read.ts'
import { destinations } from './destination.ts'
import { enterHappenings, type Happening } from './enter.ts'
import { enterDecided } from './fill.ts'

/** The name under which this reader of the outbox keeps its place. */
export const outboxReader = 'webhooks'

/**
 * Tells webhooks what the book has posted: at most `limit` postings a call; returns how many it went through.
 *
 * The place and the deliveries share one transaction, and the place is locked: each posting is told of once by one
 * process. Other readers of the outbox keep places of their own.
 */
export async function tellPostings(ground: Pick<Ground, 'db' | 'now'>, limit = 200): Promise<number> {
  const { db, now } = ground
  const numbered = await relayOutbox(ground)
  // Looked at without a lock first: idle workers would hold each other up for nothing.
  if ((await outboxBehind(db, outboxReader)) === 0) return numbered
  const told = await transact(
    db,
    async (trx) => {
      const place = await lockPlace(trx, outboxReader, now())
      const events = await outboxAfter(trx, { relayNo: place, limit })
      const last = events.at(-1)
      if (!last) return 0
      const hooks = (await destinations(trx, 'webhook')).filter((hook) =>
        hook.events.some((event) => event.startsWith('claim.')),
      )
      if (hooks.length > 0)
        await enterHappenings(trx, (await changesIn(trx, events)).map(postedHappening), now(), hooks)
      await movePlace(trx, outboxReader, last.relayNo, now())
      return events.length
    },
    { idempotent: true },
  )
  return numbered + told
}

function postedHappening({ event, claimId, change, buckets, why, ...claim }: PostedChange): Happening {
  const statementId = /^statement:(.+)$/.exec(claim.rawRef)?.[1] ?? null
  const isReversed = change === 'reversed'
  return {
    event: isReversed ? 'claim.reversed' : 'claim.posted',
    key: `${event.accountId} ${event.seq} ${claimId}`,
    at: event.recordedAt,
    sourceId: claim.sourceId,
    data: {
      claim_id: claimId,
      statement_id: statementId,
      source_id: claim.sourceId,
      offering_id: claim.offeringId,
      change,
      ...(isReversed ? {} : { bucket: buckets.join(' ') }),
      why,
    },
    links: statementLinks(claim.sourceId, statementId),
  }
}

/**
 * Tells webhooks and LRSs what conversion decided, in its transaction: `items` as they stand after it. Told twice, it is
 * told once. An LRS whose filter asks for an outcome gets the statement now, wherever its cursor is.
 */
export async function tellOutcomes(trx: Trx, items: readonly Item[]): Promise<void> {
  if (items.length === 0) return
  const all = await destinations(trx)
  const now = asInstant(Math.max(...items.map(decidedAt)))
  const hooks = all.filter(({ kind }) => kind === 'webhook')
  if (hooks.length > 0) await enterHappenings(trx, items.flatMap(itemHappening), now, hooks)
  for (const destination of all) {
    const { outcomes } = destination.filter
    if (destination.kind !== 'lrs' || !outcomes) continue
    const seqs = items
      .filter(({ state }) => (outcomes as readonly string[]).includes(state))
      .map(({ openedSeq }) => openedSeq)
    if (seqs.length > 0) await enterDecided(trx, destination, await statementsAt(trx, seqs), now)
  }
}

function decidedAt({ claimedAt, since }: Item): Instant {
  return claimedAt !== null && claimedAt > since ? claimedAt : since
}

function itemHappening(item: Item): Happening[] {
  const { itemId, statementId, sourceId, rules, reason, state, opening } = item
  const common = {
    at: decidedAt(item),
    sourceId,
    links: statementLinks(sourceId, statementId),
  }
  const data = { statement_id: statementId, source_id: sourceId, rules }
  if (state === 'claimed' && item.claimedAt !== null && reason === null) {
    return [
      {
        ...common,
        event: 'completion.accepted',
        key: `${itemId} ${opening} ${item.claimedAt}`,
        data: { ...data, claim_id: item.claimId, offering_id: item.offeringId },
      },
    ]
  }
  if (state === 'quarantined' && reason !== null) {
    return [
      {
        ...common,
        event: 'statement.quarantined',
        key: `${itemId} ${opening} ${reason} ${item.since}`,
        data: { ...data, code: reason },
        links: { ...common.links, queue: `/api/queue?reason=${reason}` },
      },
    ]
  }
  return []
}

function statementLinks(sourceId: Id, statementId: Id | null): Record<string, string> {
  return {
    source: `/api/sources/${sourceId}`,
    ...(statementId ? { statement: `/api/sources/${sourceId}/statements/${statementId}` } : {}),
  }
}

/** Alarms are looked for so far back: whoever raised them may have committed late, and no worker may have run. */
const alarmsBack = 7 * 86_400_000_000

/** Tells webhooks of sources that fell silent. An alarm is told of once, however often it is found. */
export async function tellSilence({ db, now }: Pick<Ground, 'db' | 'now'>): Promise<void> {
  const hooks = (await destinations(db, 'webhook')).filter(({ events }) => events.includes('source.silent'))
  if (hooks.length === 0) return
  const rows: { alarm_id: Buffer; source_id: Buffer; since: unknown; raised_at: unknown }[] = await db(
    'source_alarm',
  )
    .select('alarm_id', 'source_id', 'since', 'raised_at')
    .where({ kind: 'silent' })
    .where('raised_at', '>=', now() - alarmsBack)
    .orderBy(['raised_at', 'alarm_id'])
  if (rows.length === 0) return
  await transact(db, (trx) => enterHappenings(trx, rows.map(silentHappening), now(), hooks), {
    idempotent: true,
  })
}

function silentHappening(row: {
  alarm_id: Buffer
  source_id: Buffer
  since: unknown
  raised_at: unknown
}): Happening {
  const sourceId = idText(row.source_id)
  return {
    event: 'source.silent',
    key: idText(row.alarm_id),
    at: asInstant(safeInteger(row.raised_at)),
    sourceId,
    data: {
      source_id: sourceId,
      alarm_id: idText(row.alarm_id),
      last_push_at: isoOf(asInstant(safeInteger(row.since))),
    },
    links: { source: `/api/sources/${sourceId}` },
  }
}
