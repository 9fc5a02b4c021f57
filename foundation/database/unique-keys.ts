import type { Database as SqliteConnection } from 'better-sqlite3'

/** SQLite names the columns of a broken unique key, servers its name; here columns are looked up as names. */
const nameByColumns = new Map<string, string>()

/** Notes the unique keys of an open SQLite file, so that a clash can be told by its name. */
export function rememberUniqueKeys(connection: SqliteConnection): void {
  const keys = connection
    .prepare(
      `SELECT m.tbl_name AS tableName, i.name AS keyName, group_concat(m.tbl_name || '.' || c.name, ', ') AS columns
       FROM sqlite_master m JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) c
       WHERE m.type = 'table' AND i."unique" = 1 GROUP BY m.name, i.name`,
    )
    .all() as { keyName: string; columns: string }[]
  for (const { keyName, columns } of keys) nameByColumns.set(columns, keyName)
}

/** Notes one unique key that was just made. */
export function rememberUniqueKey(table: string, columns: string[], name: string): void {
  nameByColumns.set(columns.map((column) => `${table}.${column}`).join(', '), name)
}

/** The name of the key that these columns, as SQLite writes them (`t.a, t.b`), form. */
export function uniqueKeyOf(columns: string): string | undefined {
  return nameByColumns.get(columns)
}
