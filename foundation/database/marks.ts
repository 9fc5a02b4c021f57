import type { Handle, Trx } from './connect.ts'
import { upsert } from './dialect.ts'

/** Kinds of change that may release something that waits. */
export type Mark = 'roster' | 'catalogue' | 'identity' | 'policy' | 'source'

/**
 * Raises a mark in the transaction of the change. The row stays locked until commit, so whoever reads a mark sees
 * every change that it counts.
 */
export async function bumpMark(trx: Trx, name: Mark): Promise<void> {
  await upsert(trx, 'mark', [{ name, version: 1 }], { key: ['name'], add: ['version'] })
}

/** All marks; one that was never raised is 0. */
export async function readMarks(handle: Handle): Promise<Record<Mark, number>> {
  const marks: Record<Mark, number> = { roster: 0, catalogue: 0, identity: 0, policy: 0, source: 0 }
  const rows: { name: Mark; version: number }[] = await handle('mark').select('name', 'version')
  for (const { name, version } of rows) marks[name] = Number(version)
  return marks
}
