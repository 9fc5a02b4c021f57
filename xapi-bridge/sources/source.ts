import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'

/** A pushing system (来源): who it is, by which rules it is read, and what it may do. */
export interface Source {
  id: Id
  /** The closed set of statements it reads and writes. */
  storeId: Id
  name: string
  /** Which rule set reads it. */
  preset: string
  /** What it overrides in its preset; null for the preset as it is. */
  ruleSet: unknown
  /** Namespaces whose actors it may report; `*` among them allows any. */
  actorHomePages: string[]
  profile: 'standard' | 'conformance'
  /** What a void of something posted does: a person looks, or it reverses at once. */
  onVoid: 'review' | 'auto'
  onConflict: 'refuse' | 'quiet'
  onOverload: 'refuse' | 'wait'
  /** Whether it is believed by which installations its statements came: what was here before is not sent on again. */
  hops: 'ignore' | 'honour'
  /** What an identity number in a statement does: the request is refused, the statement is sealed, or nothing. */
  guard: 'block' | 'seal' | 'off'
  /** What a statement about an actor outside the namespaces meets: it is stored and waits, or its request is refused. */
  outside: 'keep' | 'refuse'
  /** How fast it may push, in each process, by the second; null is without limit. */
  rates: { statements: number | null; bytes: number | null }
  state: SourceState
}

/** trial: stored and converted, never submitted · live · paused: pushes are refused for now · revoked: for good. */
export type SourceState = 'trial' | 'live' | 'paused' | 'revoked'

interface SourceRow extends Record<string, unknown> {
  source_id: Buffer
  store_id: Buffer
  rule_set: Buffer | null
  actor_home_pages: Buffer
}

/** The source of that id; null if there is none. */
export async function sourceById(handle: Handle, id: Id): Promise<Source | null> {
  const row: SourceRow | undefined = await handle('source')
    .first()
    .where({ source_id: idBytes(id) })
  return row ? sourceOf(row) : null
}

/** The source of that name; null if there is none. Names are compared exactly. */
export async function sourceByName(handle: Handle, name: string): Promise<Source | null> {
  const row: SourceRow | undefined = await handle('source').first().where({ name })
  return row ? sourceOf(row) : null
}

/** The value of a row of table `source`. */
export function sourceOf(row: SourceRow): Source {
  return {
    id: idText(row.source_id),
    storeId: idText(row.store_id),
    name: row.name as string,
    preset: row.preset as string,
    ruleSet: row.rule_set ? JSON.parse(row.rule_set.toString()) : null,
    actorHomePages: JSON.parse(row.actor_home_pages.toString()),
    profile: row.profile as Source['profile'],
    onVoid: row.on_void as Source['onVoid'],
    onConflict: row.on_conflict as Source['onConflict'],
    onOverload: row.on_overload as Source['onOverload'],
    hops: row.hops as Source['hops'],
    guard: row.guard as Source['guard'],
    outside: row.outside as Source['outside'],
    rates: { statements: rateOf(row.rate_statements), bytes: rateOf(row.rate_bytes) },
    state: row.state as SourceState,
  }
}

function rateOf(value: unknown): number | null {
  return value === null ? null : safeInteger(value)
}
