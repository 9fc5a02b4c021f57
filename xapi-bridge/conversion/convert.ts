import type { Trx } from '../../foundation/database/connect.ts'
import { isDuplicateKey, isRetryable } from '../../foundation/database/dialect.ts'
import { isDatabaseError, isDataRefused } from '../../foundation/database/refused.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Item } from '../completion/item.ts'
import { classify } from '../reading/classify.ts'
import { addTally, lockConversion, moveCursor } from '../reading/cursor.ts'
import { heldReadingOf, statementIn } from '../reading/held.ts'
import type { HeldReading } from '../reading/reading.ts'
import { insertReadings, insertVoids, readingsOfStatements } from '../reading/store.ts'
import { flag } from '../statements/flags.ts'
import { type StoredStatement, statementsAfter } from '../statements/read.ts'
import { voidTargets } from '../statements/void-targets.ts'
import { deriveAround, type World } from './derive.ts'
import { writeItems } from './items-store.ts'
import { closeVoided, faultItem, sealedItem } from './unread.ts'
import { worldFor } from './world.ts'

/** How many statements one transaction converts at most. */
export const largestBatch = 500

/**
 * Converts up to `limit` stored statements, in the order of their seq, and returns how many it took; 0 says that none
 * waits.
 *
 * The cursor, the readings, the items and the claims in the ledger's inbox share one transaction: a worker that dies
 * leaves its statements unconverted and no claim behind. A batch that fails for good is cut in halves down to the one
 * statement that fails, which becomes RULE_FAULT; one poisoned statement never stops the others.
 */
export async function convertWaiting(
  ground: Ground,
  limit: number = largestBatch,
  isAgain = false,
): Promise<number> {
  try {
    return await transact(ground.db, (trx) => convertBatch(ground, trx, limit), { idempotent: true })
  } catch (error) {
    if (isRetryable(error) || !isFaultOfStatements(error)) throw error
    if (limit > 1) return convertWaiting(ground, Math.ceil(Math.min(limit, largestBatch) / 2))
    // A key that was taken a moment ago may be free by now: one more look at how things stand.
    if (isDuplicateKey(error) && !isAgain) return convertWaiting(ground, limit, true)
    ground.log.error({ err: error }, 'statement cannot be converted')
    return transact(ground.db, (trx) => setAside(ground, trx, error), { idempotent: true })
  }
}

/** Privileges, a full disk or a missing table are no statement's fault: they stop the worker instead. */
export function isFaultOfStatements(error: unknown): boolean {
  return isDataRefused(error) || !isDatabaseError(error)
}

async function convertBatch(ground: Ground, trx: Trx, limit: number): Promise<number> {
  const reached = await lockConversion(trx)
  const statements = await statementsAfter(trx, { seq: reached, limit })
  const last = statements.at(-1)
  if (!last) return 0
  const world = await worldFor(
    ground,
    trx,
    statements.map(({ sourceId }) => sourceId),
  )
  const read = readAll(statements, world)
  await insertReadings(trx, read.readings)
  const voids = await allVoids(trx, read)
  await insertVoids(trx, voids)
  await writeItems(trx, read.faults)
  const voided = await readingsVoidedBy(trx, voids, world)
  const items = await deriveAround(trx, [...read.readings, ...voided], world)
  await closeVoided(trx, voids, world.now)
  await addTally(trx, read.tally)
  await moveCursor(trx, last.seq)
  ground.log.debug({ taken: statements.length, items: items.length }, 'statements converted')
  return statements.length
}

interface Void {
  sourceId: Id
  storeId: Id
  target: string
  seq: number
  statementId: string
}

/** What one batch was read as. */
export interface ReadBatch {
  readings: HeldReading[]
  voids: Void[]
  /** Voids that nobody reads, since they hold an identity number: what they name is known beside them. */
  sealedVoids: Omit<Void, 'target'>[]
  faults: Item[]
  /** By `source outcome`. */
  tally: Map<string, number>
}

/** Reads statements by the rules of their sources. Pure, but for the clock in `world`. */
export function readAll(statements: readonly StoredStatement[], world: World): ReadBatch {
  const batch: ReadBatch = { readings: [], voids: [], sealedVoids: [], faults: [], tally: new Map() }
  for (const statement of statements) {
    const outcome = readOne(statement, world, batch)
    const key = `${statement.sourceId} ${outcome}`
    batch.tally.set(key, (batch.tally.get(key) ?? 0) + 1)
  }
  return batch
}

function readOne(stored: StoredStatement, world: World, batch: ReadBatch): string {
  const { seq, sourceId, storeId, id, occurred } = stored
  const rules = world.rulesOf(sourceId)
  const broken = world.brokenRulesOf(sourceId)
  if (!rules && !broken) return 'no_rule_set'
  if ((stored.flags & flag.sealed) !== 0) {
    if (stored.voiding) {
      batch.sealedVoids.push({ sourceId, storeId, seq, statementId: id })
      return 'void'
    }
    batch.faults.push(sealedItem({ seq, sourceId, statementId: id }, world.now))
    return 'sealed'
  }
  const ruleSet = rules?.on(occurred)
  try {
    if (!ruleSet) throw broken
    const result = classify(statementIn(stored), ruleSet, world.iriBase)
    if (result.outcome === 'not_for_us') return result.why
    if (result.outcome === 'void') {
      batch.voids.push({ sourceId, storeId, target: result.target, seq, statementId: id })
    } else if (result.reading) batch.readings.push(heldReadingOf(result.reading, stored))
    return result.outcome
  } catch (error) {
    batch.faults.push(
      faultItem({ seq, sourceId, statementId: id }, ruleSet?.label ?? 'broken', error, world.now),
    )
    return 'rule_fault'
  }
}

/** The voids of a batch in the order of their seq, those too that are sealed: they take back what they name like any other. */
async function allVoids(trx: Trx, { voids, sealedVoids }: ReadBatch): Promise<Void[]> {
  if (sealedVoids.length === 0) return voids
  const targets = await voidTargets(trx, sealedVoids)
  const named = sealedVoids.flatMap((one) => {
    const target = targets.get(one.seq)
    return target === undefined ? [] : [{ ...one, target }]
  })
  return [...voids, ...named].sort((a, b) => a.seq - b.seq)
}

async function readingsVoidedBy(trx: Trx, voids: readonly Void[], world: World): Promise<HeldReading[]> {
  const found: HeldReading[] = []
  for (const storeId of new Set(voids.map((one) => one.storeId))) {
    const mine = voids.filter((one) => one.storeId === storeId)
    const sourceIds = [...new Set(mine.map(({ sourceId }) => sourceId))].filter((one) => world.rulesOf(one))
    const statementIds = mine.map(({ target }) => target)
    found.push(...(await readingsOfStatements(trx, { sourceIds, storeId, statementIds })))
  }
  return found
}

/** Passes over the one statement that fails whatever is tried, and says so. */
async function setAside(ground: Ground, trx: Trx, error: unknown): Promise<number> {
  const reached = await lockConversion(trx)
  const [statement] = await statementsAfter(trx, { seq: reached, limit: 1 })
  if (!statement) return 0
  const { seq, sourceId, id: statementId } = statement
  await writeItems(trx, [faultItem({ seq, sourceId, statementId }, 'unknown', error, ground.now())])
  await moveCursor(trx, seq)
  return 1
}
