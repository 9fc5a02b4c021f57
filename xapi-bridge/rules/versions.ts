import { idBytes, idText, idTextOrNull, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Day, type Instant } from '../../foundation/time.ts'

/** A version of the rules of one source. It replaces the preset for events from `validFrom` on, while it is active. */
export interface RuleVersion {
  sourceId: Id
  versionNo: number
  validFrom: Day
  /** The whole rule set as JSON. */
  document: string
  /** SHA-256 of the document in hexadecimal. */
  contentHash: string
  state: 'proposed' | 'active' | 'rejected'
  reason: string
  makerId: Id
  madeBy: string
  madeAt: Instant
  checkerId: Id | null
  checkedBy: string | null
  checkedAt: Instant | null
  /** Statements up to this seq were read again by it. */
  reached: number
  /** Up to where statements had been read before it was approved; null while it is not. */
  through: number | null
  appliedAt: Instant | null
}

/** The active versions of these sources, by source, the newest first. */
export async function activeVersions(
  handle: Handle,
  sourceIds: readonly Id[],
): Promise<Map<Id, RuleVersion[]>> {
  const found = new Map<Id, RuleVersion[]>()
  if (sourceIds.length === 0) return found
  const rows = await handle('rule_set_version')
    .whereIn('source_id', sourceIds.map(idBytes))
    .andWhere('state', 'active')
    .orderBy('version_no', 'desc')
  for (const row of rows) {
    const version = versionOf(row)
    found.set(version.sourceId, [...(found.get(version.sourceId) ?? []), version])
  }
  return found
}

/** All versions of a source, newest first. */
export async function versionsOf(handle: Handle, sourceId: Id): Promise<RuleVersion[]> {
  const rows = await handle('rule_set_version')
    .where({ source_id: idBytes(sourceId) })
    .orderBy('version_no', 'desc')
  return rows.map(versionOf)
}

/** One version; null where there is none of that number. */
export async function versionAt(
  handle: Handle,
  sourceId: Id,
  versionNo: number,
): Promise<RuleVersion | null> {
  const row = await handle('rule_set_version')
    .where({ source_id: idBytes(sourceId), version_no: versionNo })
    .first()
  return row ? versionOf(row) : null
}

/** The version that is approved and not wholly applied yet, the oldest first; null when there is none. */
export async function nextToApply(handle: Handle): Promise<RuleVersion | null> {
  const row = await handle('rule_set_version')
    .where({ state: 'active', applied_at: null })
    .orderBy(['checked_at', 'source_id', 'version_no'])
    .first()
  return row ? versionOf(row) : null
}

/** The value of a row of table `rule_set_version`. */
export function versionOf(row: Record<string, unknown>): RuleVersion {
  const instantOrNull = (value: unknown) => (value === null ? null : asInstant(safeInteger(value)))
  return {
    sourceId: idText(row.source_id as Buffer),
    versionNo: safeInteger(row.version_no),
    validFrom: row.valid_from as Day,
    document: (row.document as Buffer).toString('utf8'),
    contentHash: (row.content_hash as Buffer).toString('hex'),
    state: row.state as RuleVersion['state'],
    reason: row.reason as string,
    makerId: idText(row.maker_id as Buffer),
    madeBy: row.made_by as string,
    madeAt: asInstant(safeInteger(row.made_at)),
    checkerId: idTextOrNull(row.checker_id as Buffer | null),
    checkedBy: row.checked_by as string | null,
    checkedAt: instantOrNull(row.checked_at),
    reached: safeInteger(row.reached),
    through: row.through === null ? null : safeInteger(row.through),
    appliedAt: instantOrNull(row.applied_at),
  }
}
