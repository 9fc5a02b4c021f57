import { idBytes } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import { dayOf } from '../../foundation/time.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import type { Item } from '../completion/item.ts'
import { readAll } from '../conversion/convert.ts'
import { deriveAround } from '../conversion/derive.ts'
import { itemsOpenedBy, writeItems } from '../conversion/items-store.ts'
import { worldFor } from '../conversion/world.ts'
import { lockConversion } from '../reading/cursor.ts'
import type { HeldReading } from '../reading/reading.ts'
import { readingsAt, replaceReadings } from '../reading/store.ts'
import { ruleSetFrom } from '../rules/rule-set.ts'
import { datedRules, judgesOtherwise, type RuledSource } from '../rules/source-rules.ts'
import { activeVersions, nextToApply, type RuleVersion, versionAt } from '../rules/versions.ts'
import { sourceById } from '../sources/source.ts'
import { statementsOfSource } from './source-statements.ts'

/** How many statements one transaction reads again. */
const batch = 500

/**
 * Reads stored statements again by rules that were approved since, and posts only what differs, with the cause
 * `rules:<version>`. A batch and its place share a transaction, so a worker that dies goes on where it was, and a batch
 * that was done is never done twice (xapi.md §5.8). Returns how many statements it took; 0 says that all is applied.
 */
export async function applyRules(ground: Ground, signal?: AbortSignal): Promise<number> {
  let taken = 0
  for (;;) {
    const version = signal?.aborted ? null : await nextToApply(ground.db)
    if (!version) return taken
    const some = await transact(ground.db, (trx) => applyBatch(ground, trx, version), { idempotent: true })
    taken += some
    // New statements take their turn between batches.
    if (taken >= 20 * batch) return taken
  }
}

async function applyBatch(ground: Ground, trx: Trx, asked: RuleVersion): Promise<number> {
  await lockConversion(trx)
  const version = await versionAt(trx, asked.sourceId, asked.versionNo)
  const source = await sourceById(trx, asked.sourceId)
  if (!version || !source || version.state !== 'active' || version.appliedAt !== null) return 0
  const statements = await statementsOfSource(trx, {
    sourceId: source.id,
    after: version.reached,
    through: version.through ?? 0,
    limit: batch,
  })
  const last = statements.at(-1)
  if (!last) {
    await finish(ground, trx, version)
    return 0
  }
  const inForce = statements.filter(({ occurred }) => dayOf(occurred) >= version.validFrom)
  const world = await worldFor(ground, trx, [source.id])
  const read = readAll(inForce, world)
  const faulty = new Set(read.faults.map(({ openedSeq }) => openedSeq))
  const held = (
    await readingsAt(
      trx,
      inForce.map(({ seq }) => seq),
    )
  ).filter(({ seq }) => !faulty.has(seq))
  const differing = differencesOf(held, read.readings)
  await replaceReadings(
    trx,
    [...differing.gone, ...differing.old].map(({ seq }) => seq),
    differing.fresh,
  )
  await keepFaults(trx, read.faults)
  const touched = [...differing.old, ...differing.gone, ...differing.fresh]
  const isJudgedOtherwise = await judgesAnew(trx, source, version)
  await deriveAround(trx, isJudgedOtherwise ? [...touched, ...held] : touched, world, {
    cause: `rules:${version.versionNo}`,
    gone: closedBy(differing),
  })
  await trx('rule_set_version')
    .where({ source_id: idBytes(version.sourceId), version_no: version.versionNo })
    .update({ reached: last.seq })
  return statements.length
}

interface Differences {
  /** What was read and says nothing now. */
  gone: HeldReading[]
  /** What was read otherwise. */
  old: HeldReading[]
  /** What is read now and was not, or was read otherwise. */
  fresh: HeldReading[]
}

function differencesOf(held: readonly HeldReading[], now: readonly HeldReading[]): Differences {
  const before = new Map(held.map((reading) => [reading.seq, reading]))
  const after = new Map(now.map((reading) => [reading.seq, reading]))
  const isSame = (one: HeldReading, other: HeldReading | undefined) =>
    other !== undefined && saying(one) === saying(other)
  return {
    gone: held.filter(({ seq }) => !after.has(seq)),
    old: held.filter((reading) => after.has(reading.seq) && !isSame(reading, after.get(reading.seq))),
    fresh: now.filter((reading) => !isSame(reading, before.get(reading.seq))),
  }
}

/** Statements that could open a completion before and cannot now: they say nothing, or are evidence only. */
function closedBy({ gone, old, fresh }: Differences): number[] {
  const opening = new Set(fresh.flatMap(({ opens, seq }) => (opens ? [seq] : [])))
  return [...gone, ...old].flatMap(({ opens, seq }) => (opens && !opening.has(seq) ? [seq] : []))
}

/** What a reading says, as text with sorted keys: rows of older versions of this program keep another order. */
function saying({ voided: _, rawHash: __, ...reading }: HeldReading): string {
  return JSON.stringify(Object.entries(reading).sort(([a], [b]) => (a < b ? -1 : 1)))
}

async function keepFaults(trx: Trx, faults: readonly Item[]): Promise<void> {
  if (faults.length === 0) return
  const known = await itemsOpenedBy(
    trx,
    faults.map(({ openedSeq }) => openedSeq),
  )
  const seqs = new Set(known.map(({ openedSeq }) => openedSeq))
  await writeItems(
    trx,
    faults.filter(({ openedSeq }) => !seqs.has(openedSeq)),
  )
}

async function judgesAnew(trx: Trx, source: RuledSource, version: RuleVersion): Promise<boolean> {
  const versions = (await activeVersions(trx, [source.id])).get(source.id) ?? []
  const others = datedRules(
    source,
    versions.filter(({ versionNo }) => versionNo !== version.versionNo),
  )
  const rules = ruleSetFrom(version.document)
  return others.some(({ ruleSet }) => judgesOtherwise(ruleSet, rules))
}

async function finish(ground: Ground, trx: Trx, version: RuleVersion): Promise<void> {
  const now = ground.now()
  await trx('rule_set_version')
    .where({ source_id: idBytes(version.sourceId), version_no: version.versionNo })
    .update({ applied_at: now })
  await recordAudit(trx, {
    actor: version.checkedBy ?? version.madeBy,
    action: 'rules-applied',
    subjectKind: 'source',
    subjectId: version.sourceId,
    detail: { version: version.versionNo },
    now,
  })
}
