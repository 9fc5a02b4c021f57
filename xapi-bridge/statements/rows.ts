import type { Handle } from '../../foundation/database/connect.ts'

/** The rows of a query written as text. mysql2 answers rows and columns, better-sqlite3 rows alone. */
export async function rowsOf<Row>(
  handle: Handle,
  text: string,
  bindings: (Buffer | number)[] = [],
): Promise<Row[]> {
  const result = await handle.raw(text, bindings)
  return Array.isArray(result[0]) ? result[0] : result
}
