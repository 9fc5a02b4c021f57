import type { Trx } from '../../foundation/database/connect.ts'
import { isRetryable } from '../../foundation/database/dialect.ts'
import { isDatabaseError, isDataRefused } from '../../foundation/database/refused.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, sha256 } from '../../foundation/ids.ts'
import type { Item } from '../completion/item.ts'
import { classify } from '../reading/classify.ts'
import { addTally, lockConversion, moveCursor } from '../reading/cursor.ts'
import type { HeldReading, Reading } from '../reading/reading.ts'
import type { Statement } from '../reading/statement.ts'
import { insertReadings, insertVoids, readingsOfStatements } from '../reading/store.ts'
import { flag } from '../statements/flags.ts'
import { type StoredStatement, statementsAfter } from '../statements/read.ts'
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
export async function convertWaiting(ground: Ground, limit: number = largestBatch): Promise<number> {
  try {
    return await transact(ground.db, (trx) => convertBatch(ground, trx, limit), { idempotent: true })
  } catch (error) {
    if (isRetryable(error) || !isFaultOfStatements(error)) throw error
    if (limit > 1) return convertWaiting(ground, Math.ceil(Math.min(limit, largestBatch) / 2))
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
  await insertVoids(trx, read.voids)
  await writeItems(trx, read.faults)
  const voided = await readingsVoidedBy(trx, read.voids, world)
  const items = await deriveAround(trx, [...read.readings, ...voided], world)
  await closeVoided(trx, read.voids, world.now)
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
  faults: Item[]
  /** By `source outcome`. */
  tally: Map<string, number>
}

/** Reads statements by the rules of their sources. Pure, but for the clock in `world`. */
export function readAll(statements: readonly StoredStatement[], world: World): ReadBatch {
  const batch: ReadBatch = { readings: [], voids: [], faults: [], tally: new Map() }
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
    batch.faults.push(sealedItem({ seq, sourceId, statementId: id }, world.now))
    return 'sealed'
  }
  const ruleSet = rules?.on(occurred)
  try {
    if (!ruleSet) throw broken
    const result = classify(parsed(stored.raw), ruleSet, world.iriBase)
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

/** A reading with what is known about its statement, before anybody asked whether that was voided. */
export function heldReadingOf(reading: Reading, stored: StoredStatement): HeldReading {
  const { seq, sourceId, id: statementId, occurred } = stored
  return {
    ...reading,
    seq,
    sourceId,
    statementId,
    occurred,
    stored: stored.stored,
    rawHash: sha256(stored.raw),
    voided: null,
  }
}

/** The statement that these bytes hold. */
export function parsed(raw: Buffer): Statement {
  return JSON.parse(raw.toString('utf8')) as Statement
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
