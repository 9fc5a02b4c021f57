import { z } from 'zod'
import { idBytes } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { lockForUpdate } from '../../foundation/database/dialect.ts'
import { bumpMark } from '../../foundation/database/marks.ts'
import { transact } from '../../foundation/database/transact.ts'
import { Conflict, InvalidInput } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import { dismissTrial } from '../queue/trial.ts'
import { checkNamespaces, checkRates } from './add.ts'
import { requireSource } from './credential.ts'
import type { Source } from './source.ts'

const rate = z.number().int().min(1).max(1_000_000_000_000).nullable()

/** What may be changed of a source, as JSON. */
export const sourceSettings = z.strictObject({
  state: z.enum(['trial', 'live', 'paused', 'revoked']),
  actor_home_pages: z.array(z.string().min(1).max(500)).min(1).max(50),
  outside: z.enum(['keep', 'refuse']),
  guard: z.enum(['block', 'seal', 'off']),
  on_void: z.enum(['review', 'auto']),
  on_conflict: z.enum(['refuse', 'quiet']),
  on_overload: z.enum(['refuse', 'wait']),
  hops: z.enum(['ignore', 'honour']).describe('honour: it is an installation that forwards to this one'),
  rate_statements: rate.describe('statements a second, in each process; null is without limit'),
  rate_bytes: rate.describe('bytes a second, in each process; null is without limit'),
})

/** The same for a change: what is left out stays. Null takes a limit away. */
export const sourceChanges = sourceSettings.partial()

/** Settings of a source. */
export type SourceSettings = z.output<typeof sourceSettings>

/** Changes of a source, by the names of its settings. */
export type SourceChanges = z.output<typeof sourceChanges>

/** Who changes a source, and what happens to what it showed on trial. */
export interface ChangeOptions {
  by?: string
  /** With `state: live`: what waited on trial is set aside instead of credited. */
  discardTrial?: boolean
}

/** The settings of a source as they can be changed. */
export function settingsOf(source: Source): SourceSettings {
  return {
    state: source.state,
    actor_home_pages: source.actorHomePages,
    outside: source.outside,
    guard: source.guard,
    on_void: source.onVoid,
    on_conflict: source.onConflict,
    on_overload: source.onOverload,
    hops: source.hops,
    rate_statements: source.rates.statements,
    rate_bytes: source.rates.bytes,
  }
}

/** What a change did. */
export interface SourceChanged {
  /** Names of the settings that are another than before. */
  changed: string[]
  /** How many completions of the trial were set aside. */
  discarded: number
}

/**
 * Changes settings of a source, with its trace in the audit. Every process goes by them within a second.
 *
 * Throws NotFound (`source-unknown`), InvalidInput (`source-invalid`), Conflict (`source-revoked`) for a source that was
 * revoked for good, and Conflict (`trial-not-converted`) where the trial should be discarded while statements of it are
 * not read yet.
 */
export async function changeSource(
  ground: Ground,
  sourceId: Id,
  changes: SourceChanges,
  { by = 'system', discardTrial = false }: ChangeOptions = {},
): Promise<SourceChanged> {
  check(changes, discardTrial)
  return transact(ground.db, async (trx) => {
    // Before the mark: whoever looks again at what waits takes the two in this order.
    const discarded = discardTrial ? await dismissTrial(ground, trx, sourceId) : 0
    const before = settingsOf(await lockedSource(trx, sourceId))
    if (before.state === 'revoked' && changes.state !== undefined && changes.state !== 'revoked')
      throw new Conflict('source-revoked', 'the source was revoked for good; register it anew')
    if (discardTrial && before.state !== 'trial')
      throw new Conflict('source-not-on-trial', 'only a source on trial has a trial to discard')
    const differing = changed(before, changes)
    if (Object.keys(differing).length === 0) return { changed: [], discarded }
    await write(trx, sourceId, given(changes))
    await bumpMark(trx, 'source')
    await recordAudit(trx, {
      actor: by,
      action: 'source-changed',
      subjectKind: 'source',
      subjectId: sourceId,
      detail: { changes: differing, discarded },
      now: ground.now(),
    })
    return { changed: Object.keys(differing), discarded }
  })
}

function check(changes: SourceChanges, discardTrial: boolean): void {
  if (changes.actor_home_pages) checkNamespaces(changes.actor_home_pages)
  const { rate_statements: statements = null, rate_bytes: bytes = null } = changes
  checkRates({ statements, bytes })
  if (discardTrial && changes.state !== 'live')
    throw new InvalidInput('source-invalid', 'a trial is discarded where the source is taken live')
}

/** What a change says; a setting that is named without a value stays. */
function given(changes: SourceChanges): Partial<SourceSettings> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
}

type Changed = Record<string, { from: unknown; to: unknown }>

function changed(before: SourceSettings, changes: SourceChanges): Changed {
  const found: Changed = {}
  for (const name of Object.keys(changes) as (keyof SourceChanges)[]) {
    const [from, to] = [before[name], changes[name]]
    if (to !== undefined && JSON.stringify(from) !== JSON.stringify(to)) found[name] = { from, to }
  }
  return found
}

/** The source, held until the transaction ends, so that what the audit says a setting was is what it was. */
async function lockedSource(trx: Trx, sourceId: Id): Promise<Source> {
  await lockForUpdate(trx('source').where({ source_id: idBytes(sourceId) })).first('source_id')
  return requireSource(trx, sourceId)
}

async function write(trx: Trx, sourceId: Id, settings: Partial<SourceSettings>): Promise<void> {
  const { actor_home_pages: pages, ...columns } = settings
  await trx('source')
    .where({ source_id: idBytes(sourceId) })
    .update({ ...columns, ...(pages && { actor_home_pages: Buffer.from(JSON.stringify(pages)) }) })
}
