import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { upsert } from '../../foundation/database/dialect.ts'
import { installationNamespace } from '../../foundation/database/setting.ts'
import { derivedId, type Id } from '../../foundation/ids.ts'
import { uuidBytes, uuidText } from '../language/uuid.ts'

/** The header that names the installations a statement has come through, the first one first. */
export const hopHeader = 'x-xueshi-hop'

/** A chain longer than this is a circle through somebody who rewrites the header, or might as well be. */
const longestChain = 5

/** The name of this installation in chains; it says nothing about it. */
export async function hopName(handle: Handle): Promise<string> {
  return derivedId(await installationNamespace(handle), 'hop').slice(0, 13)
}

/** The names of installations in the header; null without any. Whatever else it says is dropped, and never repeated. */
export function chainIn(header: string | undefined): string | null {
  const hops = (header ?? '')
    .toLowerCase()
    .split(',')
    .map((hop) => hop.trim())
    .filter((hop) => /^[0-9a-f-]{8,36}$/.test(hop))
    .slice(0, longestChain + 1)
  return hops.length === 0 ? null : hops.join(',')
}

/** A statement that is being stored, and the chain by which it came, if there is one to note. */
interface Arriving {
  writing: { storeId: Id; hops?: string }
  statement: { id: Id }
}

/** Notes by which way statements came, in the transaction that stores them: whoever may send them on sees both. */
export async function insertHops(trx: Trx, arriving: readonly Arriving[]): Promise<void> {
  const rows = arriving.flatMap(({ writing: { storeId, hops }, statement }) =>
    hops === undefined ? [] : [{ store_id: idBytes(storeId), statement_id: uuidBytes(statement.id), hops }],
  )
  // A request that an earlier version refused may have left a row, so this is no mere insert.
  await upsert(trx, 'statement_hop', rows, { key: ['store_id', 'statement_id'], set: ['hops'] })
}

/** The chains by which statements came; those that came straight from where they were made are absent. */
export async function hopsOf(
  handle: Handle,
  statements: readonly { storeId: Id; id: Id }[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const ids = [...new Set(statements.map(({ id }) => id))].map(uuidBytes)
  for (let from = 0; from < ids.length; from += 500) {
    const stores = [...new Set(statements.map(({ storeId }) => storeId))].map(idBytes)
    const rows: { store_id: Buffer; statement_id: Buffer; hops: string }[] = await handle('statement_hop')
      .whereIn('store_id', stores)
      .whereIn('statement_id', ids.slice(from, from + 500))
    for (const row of rows) found.set(hopKey(idText(row.store_id), uuidText(row.statement_id)), row.hops)
  }
  return found
}

/** Under what `hopsOf` keeps the chain of a statement. */
export function hopKey(storeId: Id, id: Id): string {
  return `${storeId} ${id}`
}

/** Whether a statement that came by this chain may go on: not where it was before, and not for ever. */
export function mayGoOn(hops: string | undefined, own: string): boolean {
  if (!hops) return true
  const names = hops.split(',')
  return names.length < longestChain && !names.includes(own)
}
