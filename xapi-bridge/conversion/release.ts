import { chunks } from '../../foundation/database/chunks.ts'
import type { Database, Handle, Trx } from '../../foundation/database/connect.ts'
import { isRetryable } from '../../foundation/database/dialect.ts'
import { readMarks } from '../../foundation/database/marks.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, sha256 } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { currentPolicyVersion } from '../../ledger/policy/store.ts'
import { linksOf } from '../../ledger/roster/identity.ts'
import { linksRevokedSince } from '../../ledger/roster/revoked-links.ts'
import { mappedSince } from '../aliases/mapped-since.ts'
import type { ReasonCode } from '../completion/guard.ts'
import type { Item } from '../completion/item.ts'
import { lockConversion, noteMarks, seenMarks } from '../reading/cursor.ts'
import { insertReadings, readingsAt, unclaimedAbout } from '../reading/store.ts'
import { shippedRuleSets } from '../rules/rule-set.ts'
import { statementsAfter } from '../statements/read.ts'
import { isFaultOfStatements, readAll } from './convert.ts'
import { decidedAbout } from './decided-about.ts'
import { deriveAround, type World } from './derive.ts'
import { claimedItems, strangers, waitingFor, waitingItems } from './items-store.ts'
import { worldFor } from './world.ts'

/** How many waiting items one transaction looks at again. */
const page = 300

/** Which reasons a change of each kind may end, beside ACTOR_UNKNOWN. */
const mendedBy: Record<string, ReasonCode[]> = {
  catalogue: [
    'ACTIVITY_UNKNOWN',
    'OFFERING_NOT_APPROVED',
    'BEFORE_APPROVAL',
    'UNIT_MISSING',
    'NOT_PASSED',
    'IMPLAUSIBLE_SPEED',
    'OVERLAP',
    'MAPPING_CHANGED',
    'RULE_FAULT',
  ],
  policy_version: ['IMPLAUSIBLE_SPEED'],
  source: ['ACTOR_OUT_OF_NAMESPACE', 'ACTIVITY_UNKNOWN', 'SOURCE_NOT_LIVE', 'UNIT_MISSING', 'RULE_FAULT'],
  rules: ['RULE_FAULT'],
}

/**
 * Looks again at what waits, where something that may have kept it has changed since the last look; returns how many
 * items it looked at. Those that still wait stay as they are. The marks are noted after everything was looked at, so
 * a worker that dies in between begins the look again.
 */
export async function releaseMended(ground: Ground, signal?: AbortSignal): Promise<number> {
  // Read before looking: a change that comes later raises the mark again and is seen by the next look.
  const marks: Record<string, number> = { ...(await readMarks(ground.db)), ...(await ourMarks(ground.db)) }
  const seen = await seenMarks(ground.db)
  const changed = Object.keys(marks).filter((name) => marks[name] !== (seen.get(name) ?? 0))
  if (changed.length === 0) return 0
  // A batch under way may have asked for links before the change and park its items after our look: let it end first.
  await transact(ground.db, lockConversion, { idempotent: true })
  let looked = 0
  if (changed.includes('identity') || changed.includes('roster')) {
    looked += await releaseLinked(ground, signal)
    const moved = await releaseRevoked(ground, seen.get('revoked') ?? 0, signal)
    looked += moved.looked
    marks.revoked = moved.revoked
    changed.push('revoked')
    looked += await lookAgain(ground, 'ACTOR_AMBIGUOUS', undefined, signal)
  }
  if (changed.includes('catalogue')) {
    const remapped = await releaseRemapped(ground, seen.get('mapped') ?? 0, signal)
    looked += remapped.looked
    marks.mapped = remapped.mapped
    changed.push('mapped')
  }
  for (const reason of new Set(changed.flatMap((name) => mendedBy[name] ?? []))) {
    looked += await lookAgain(ground, reason, undefined, signal)
  }
  if (signal?.aborted) return looked
  const noted = Object.fromEntries(changed.map((name) => [name, marks[name] as number]))
  await transact(ground.db, (trx) => noteMarks(trx, noted), { idempotent: true })
  return looked
}

/**
 * What nobody raises a mark for: a number that differs when the shipped rules do, and the policy version that the book
 * is on, which it reaches some time after the mark of its activation.
 */
async function ourMarks(db: Database): Promise<Record<string, number>> {
  const labels = [...shippedRuleSets().values()].map(({ label }) => label).join('\n')
  const { versionNo } = await currentPolicyVersion(db)
  return { rules: sha256(labels).readUIntBE(0, 6), policy_version: versionNo }
}

/** Of many who wait for a roster few are linked at a time: asks for the people first, then for what waits for them. */
async function releaseLinked(ground: Ground, signal?: AbortSignal): Promise<number> {
  let looked = 0
  for (let after: Buffer | null = null; !signal?.aborted; ) {
    const keys: Buffer[] = await strangers(ground.db, { after, limit: 400 })
    const last = keys.at(-1)
    if (!last) break
    const links = await linksOf(ground.db, keys)
    const linked = keys.filter((key) => links.has(key.toString('hex')))
    if (linked.length > 0) looked += await lookAgain(ground, 'ACTOR_UNKNOWN', linked, signal)
    after = last
  }
  return looked
}

/** Clocks of several processes differ, and a revocation commits after it was dated: the last look is overlapped. */
const overlap = 600_000_000

/**
 * Looks at claims of people whose link was ended since the last look, whether they have another by now or not.
 * Returns how many, and up to when revocations were seen.
 */
async function releaseRevoked(ground: Ground, seen: number, signal?: AbortSignal) {
  const revoked = await linksRevokedSince(ground.db, (seen - overlap) as Instant)
  const keys = revoked.map(({ identifierKey }) => identifierKey)
  let looked = 0
  for (let from = 0; from < keys.length; from += 100) {
    const actorKeys = keys.slice(from, from + 100)
    looked += await eachPage(
      ground,
      (handle, after) => claimedItems(handle, { actorKeys, after, limit: page }),
      signal,
    )
  }
  return { looked, revoked: revoked.at(-1)?.revokedAt ?? seen }
}

/**
 * Looks at what was read about activities that were mapped or unmapped since the last look: evidence that nobody asked for
 * may be a completion now, and a claim may stand under a name that means something else. What waits under a code is
 * looked at by its code. Returns how many, and up to when mappings were seen.
 */
async function releaseRemapped(ground: Ground, seen: number, signal?: AbortSignal) {
  const mappings = await mappedSince(ground.db, seen === 0 ? seen : seen - overlap)
  let looked = 0
  const looks = mappings.bySource.flatMap((mapped) =>
    // What is decided first: its repeats stay with it.
    [decidedAbout, unclaimedAbout].map((seqsAbout) => ({ ...mapped, seqsAbout })),
  )
  for (const { sourceId, hashes, seqsAbout } of looks) {
    for (let after = -1; !signal?.aborted; ) {
      const seqs = await seqsAbout(ground.db, { sourceId, hashes, after, limit: 50 * page })
      for (const some of chunks(seqs, page)) {
        await transact(ground.db, (trx) => rereadAt(ground, trx, sourceId, some), { idempotent: true })
      }
      looked += seqs.length
      const last = seqs.at(-1)
      if (last === undefined || seqs.length < 50 * page) break
      after = last
    }
  }
  return { looked, mapped: Math.max(seen, mappings.until) }
}

async function rereadAt(ground: Ground, trx: Trx, sourceId: Id, seqs: readonly number[]): Promise<void> {
  await lockConversion(trx)
  const world = await worldFor(ground, trx, [sourceId])
  await deriveAround(trx, await readingsAt(trx, seqs), world)
}

function lookAgain(
  ground: Ground,
  reason: ReasonCode,
  actorKeys: readonly Buffer[] | undefined,
  signal?: AbortSignal,
): Promise<number> {
  const people = actorKeys && { actorKeys }
  return eachPage(
    ground,
    (handle, after) => waitingItems(handle, { reason, after, limit: page, ...people }),
    signal,
  )
}

/**
 * Derives items again, page by page in the order of seq, each page in a transaction of its own. Where a page fails for
 * good its items are taken one by one, and the one that fails stays as it is.
 */
async function eachPage(
  ground: Ground,
  next: (handle: Handle, after: number) => Promise<Item[]>,
  signal?: AbortSignal,
): Promise<number> {
  let looked = 0
  for (let after = -1; !signal?.aborted; ) {
    const items = await next(ground.db, after)
    const last = items.at(-1)
    if (!last) break
    await again(ground, items)
    looked += items.length
    after = last.openedSeq
  }
  return looked
}

async function again(ground: Ground, items: readonly Item[]): Promise<void> {
  try {
    await transact(
      ground.db,
      async (trx) => {
        await lockConversion(trx)
        await reexamine(ground, trx, items)
      },
      { idempotent: true },
    )
  } catch (error) {
    if (isRetryable(error) || !isFaultOfStatements(error)) throw error
    const [item] = items
    if (items.length === 1)
      ground.log.error({ err: error, item: item?.itemId }, 'item cannot be derived again')
    else for (const one of items) await again(ground, [one])
  }
}

/** Derives items again from what was read of their statements, inside a transaction that holds the lock of conversion. */
export async function reexamine(ground: Ground, trx: Trx, items: readonly Item[]): Promise<void> {
  if (items.length === 0) return
  const world = await worldFor(
    ground,
    trx,
    items.map(({ sourceId }) => sourceId),
  )
  const readings = await readingsAt(
    trx,
    items.map(({ openedSeq }) => openedSeq),
  )
  const read = new Set(readings.map(({ seq }) => seq))
  const unread = items.filter(({ openedSeq }) => !read.has(openedSeq))
  await deriveAround(trx, [...readings, ...(await readAgain(trx, unread, world))], world)
}

/** Reads statements again on which a rule failed before. Those that fail again keep their item as it is. */
async function readAgain(trx: Trx, items: readonly Item[], world: World) {
  const found = []
  for (const { openedSeq } of items) {
    const [statement] = await statementsAfter(trx, { seq: openedSeq - 1, limit: 1 })
    if (statement?.seq === openedSeq) found.push(...readAll([statement], world).readings)
  }
  await insertReadings(trx, found)
  return found
}

/**
 * Looks again, at once, at what waits for these identifiers, and returns how many items have stopped waiting for them.
 * For commands that tell a person what a change released; the worker would come to the same by itself.
 */
export async function releaseFor(ground: Ground, identifierKeys: readonly Buffer[]): Promise<number> {
  let released = 0
  for (let from = 0; from < identifierKeys.length; from += 100) {
    const actorKeys = identifierKeys.slice(from, from + 100)
    const waited = await waitingFor(ground.db, actorKeys)
    await lookAgain(ground, 'ACTOR_UNKNOWN', actorKeys)
    released += waited - (await waitingFor(ground.db, actorKeys))
  }
  return released
}
