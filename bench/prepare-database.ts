import knex from 'knex'

/** Makes an empty database on a private server, and returns the settings that a figure must name. */
export async function prepareDatabase(url: string): Promise<Record<string, unknown>> {
  const { pathname, searchParams } = new URL(url)
  const socketPath = searchParams.get('socketPath') as string
  const db = knex({ client: 'mysql2', connection: { socketPath, user: 'root' }, pool: { min: 0, max: 1 } })
  try {
    await db.raw('CREATE DATABASE ?? CHARACTER SET utf8mb4 COLLATE utf8mb4_bin', [pathname.slice(1)])
    const [[row]] = await db.raw(
      'SELECT VERSION() AS version, @@innodb_flush_log_at_trx_commit AS innodb_flush_log_at_trx_commit, @@sync_binlog AS sync_binlog, @@log_bin AS log_bin, @@innodb_buffer_pool_size AS innodb_buffer_pool_size',
    )
    return { ...row }
  } finally {
    await db.destroy()
  }
}
