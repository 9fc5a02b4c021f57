import { idText } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Statement } from '../language/statement.ts'
import { chainFrom, type Link, linksOf } from './chain.ts'
import { flag } from './flags.ts'
import type { StatementRow } from './read.ts'
import { referenceKeys } from './reference.ts'

/** Among the keys of a statement: its authority is the source that sent it. */
const sentKey = 'sent'

/**
 * The rows among these candidates that match every filter. `filters` holds for each the keys that satisfy it; each
 * candidate is found under one key of each. With `authority` one filter more asks for what has the source as authority,
 * or names it under these keys.
 *
 * A statement that refers to others is found under their keys too, so it may be found under one filter by itself and
 * under another through its target. But it matches only if it meets all filters itself, or one statement of its chain
 * does (xAPI Communication 2.1.3). Only such rows are looked at again; with a single filter both are the same.
 */
export async function matching(
  handle: Handle,
  rows: StatementRow[],
  filters: Buffer[][],
  authority: Buffer[] | null = null,
): Promise<StatementRow[]> {
  if (filters.length < 2 && !authority) return rows
  const wanted = filters.map((keys) => keys.map((key) => key.toString('hex')))
  if (authority) wanted.push([sentKey, ...authority.map((key) => key.toString('hex'))])
  const unclear = new Map<StatementRow, { storeId: Id; target: Id }>()
  for (const row of rows) {
    if (!(row.flags & flag.refers)) continue
    const isReplayed = (row.flags & flag.replayed) !== 0
    if (filters.length === 0 && !isReplayed) continue
    const storeId = idText(row.store_id)
    const statement = JSON.parse(row.raw.toString()) as Statement
    if (meetsAll({ keys: referenceKeys(storeId, statement), isReplayed }, wanted)) continue
    if (statement.object.objectType === 'StatementRef')
      unclear.set(row, { storeId, target: statement.object.id.toLowerCase() })
  }
  if (unclear.size === 0) return rows
  const links = await linksOf(handle, [...unclear.values()], new Set(wanted.flat()))
  return rows.filter((row) => {
    const referring = unclear.get(row)
    return !referring || chainFrom(referring, links).some((link) => meetsAll(link, wanted))
  })
}

function meetsAll({ keys, isReplayed }: Pick<Link, 'keys' | 'isReplayed'>, wanted: string[][]): boolean {
  const held = new Set(isReplayed ? keys : [...keys, sentKey])
  return wanted.every((anyOf) => anyOf.some((key) => held.has(key)))
}
