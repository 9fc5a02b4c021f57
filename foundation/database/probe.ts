import { ExpectedError } from '../errors.ts'
import { connect, type Database } from './connect.ts'
import { engineOf } from './dialect.ts'
import { type Migration, missingMigrations } from './migrate.ts'

/** One thing the book relies on, and whether this database gives it. */
export interface Finding {
  name: string
  ok: boolean
  /** A hard requirement stops the process; the others are shown on `/readyz`. */
  hard: boolean
  /** What was found; for what failed, what to set. */
  detail: string
}

/** What a database can be relied on for. */
export interface ProbeResult {
  engine: string
  version: string
  ok: boolean
  findings: Finding[]
}

/** The database lacks something that the book's promises rest on. */
export class DatabaseUnfit extends ExpectedError {
  readonly kind = 'unavailable'
  readonly code: string

  constructor(finding: Finding) {
    super(finding.detail)
    this.code = finding.name === 'migrations' ? 'database-not-migrated' : 'database-unfit'
  }
}

/**
 * Tries what the promises of ledger.md §8.5 rest on, each by doing it, and leaves nothing behind. Never throws for a
 * finding; throws when the database cannot be reached.
 */
export async function probe(
  db: Database,
  migrations: Migration[],
  options: { url?: string } = {},
): Promise<ProbeResult> {
  const engine = engineOf(db)
  const findings: Finding[] = []
  const missing = await missingMigrations(db, migrations)
  findings.push({
    name: 'migrations',
    ok: missing.length === 0,
    hard: true,
    detail:
      missing.length === 0 ? 'complete' : `run \`xueshi migrate\`: ${missing.length} changes are missing`,
  })
  const version = engine === 'mysql' ? await probeServer(db, findings) : await probeEmbedded(db, findings)
  if (missing.length === 0) {
    await probeChecks(db, findings)
    await probeJournals(db, findings, engine)
    if (engine === 'mysql' && options.url) await probeLocks(db, options.url, findings)
  }
  return { engine, version, ok: findings.every((finding) => finding.ok || !finding.hard), findings }
}

/** Throws DatabaseUnfit for the first hard requirement that is not met. */
export function requireFit(result: ProbeResult): void {
  const broken = result.findings.find((finding) => finding.hard && !finding.ok)
  if (broken) throw new DatabaseUnfit(broken)
}

async function probeServer(db: Database, findings: Finding[]): Promise<string> {
  const read = async (sql: string): Promise<Record<string, unknown>> =>
    ((await db.raw(sql)) as [[never]])[0][0]
  const { version } = (await read('SELECT VERSION() AS version')) as { version: string }
  // MariaDB 10 knows tx_isolation only, MySQL 8 and later transaction_isolation only.
  const isolation = await read(
    "SHOW VARIABLES WHERE Variable_name IN ('transaction_isolation', 'tx_isolation')",
  )
  const session = await read(
    `SELECT @@sql_mode AS sqlMode, @@time_zone AS timeZone, @@collation_connection AS collation,
            @@innodb_flush_log_at_trx_commit AS flushLog, @@log_bin AS logBin, @@sync_binlog AS syncBinlog`,
  )
  const expect = (name: string, found: unknown, wanted: string, hard = true) =>
    findings.push({
      name,
      hard,
      ok: String(found) === wanted,
      detail: String(found) === wanted ? wanted : `${name} is ${String(found)}; set it to ${wanted}`,
    })
  expect('isolation', isolation.Value, 'READ-COMMITTED')
  expect('time_zone', session.timeZone, '+00:00')
  expect('collation', session.collation, 'utf8mb4_bin')
  const strict = /STRICT_(TRANS|ALL)_TABLES/.test(String(session.sqlMode))
  findings.push({
    name: 'sql_mode',
    hard: true,
    ok: strict,
    detail: strict
      ? 'strict'
      : 'sql_mode must contain STRICT_TRANS_TABLES, or the server shortens text silently',
  })
  expect('innodb_flush_log_at_trx_commit', session.flushLog, '1', false)
  if (Number(session.logBin) === 1) expect('sync_binlog', session.syncBinlog, '1', false)
  const numbers = /^(\d+)\.(\d+)/.exec(version)
  const [major, minor] = [Number(numbers?.[1]), Number(numbers?.[2])]
  const isMaria = /mariadb/i.test(version)
  const known = isMaria
    ? major > 10 || (major === 10 && minor >= 11)
    : major > 8 || (major === 8 && minor >= 4)
  findings.push({
    name: 'version',
    hard: false,
    ok: known,
    detail: known ? version : `${version} is older than MySQL 8.4 and MariaDB 10.11, on which this is tested`,
  })
  return version
}

async function probeEmbedded(db: Database, findings: Finding[]): Promise<string> {
  const pragma = async (name: string): Promise<string> =>
    String(Object.values(((await db.raw(`PRAGMA ${name}`)) as [Record<string, unknown>])[0])[0])
  for (const [name, wanted] of [
    ['journal_mode', 'wal'],
    ['synchronous', '2'],
    ['foreign_keys', '1'],
    ['recursive_triggers', '1'],
  ] as const) {
    const found = await pragma(name)
    findings.push({ name, hard: true, ok: found === wanted, detail: `${name} is ${found}, wanted ${wanted}` })
  }
  const [{ version }] = (await db.raw('SELECT sqlite_version() AS version')) as [{ version: string }]
  return version
}

class Undo extends Error {}

/** Runs something in a transaction that is always rolled back; says whether it was refused. */
async function refused(db: Database, attempt: (trx: Database) => Promise<unknown>): Promise<boolean> {
  try {
    await db.transaction(async (trx) => {
      await attempt(trx as unknown as Database)
      throw new Undo()
    })
  } catch (error) {
    return !(error instanceof Undo)
  }
  return false
}

async function probeChecks(db: Database, findings: Finding[]): Promise<void> {
  const ok = await refused(db, (trx) =>
    trx('lease').insert({ kind: 'probe', shard: 0, owner: Buffer.alloc(17), fence: 0, until: 0 }),
  )
  findings.push({
    name: 'lengths',
    hard: true,
    ok,
    detail: ok ? 'kept' : 'the database takes values that are too long',
  })
}

async function probeJournals(db: Database, findings: Finding[], engine: string): Promise<void> {
  const journals: { name: string }[] = await db('schema_table').where({ kind: 'journal' }).select('name')
  const open: string[] = []
  for (const { name } of journals) {
    const some = await db(name).first(db.raw('1 AS one'))
    // Triggers fire by row: an empty journal cannot be tried, and holds nothing to lose.
    if (!some) continue
    const [column] = Object.keys(await db(name).columnInfo())
    const changed = await refused(db, (trx) =>
      trx(name)
        .update({ [column as string]: trx.ref(column as string) })
        .limit(1),
    )
    const deleted = await refused(db, (trx) =>
      engine === 'mysql' ? trx(name).delete().limit(1) : trx(name).delete(),
    )
    if (!changed || !deleted) open.push(name)
  }
  findings.push({
    name: 'journals',
    hard: engine === 'sqlite',
    ok: open.length === 0,
    detail:
      open.length === 0
        ? `${journals.length} journals refuse UPDATE and DELETE`
        : `these journals can be changed by this user: ${open.join(', ')}; apply \`xueshi migrate --grants\``,
  })
}

/** Whether a row locked here really makes a second connection wait. */
async function probeLocks(db: Database, url: string, findings: Finding[]): Promise<void> {
  const other = connect(url, { poolSize: 1 })
  try {
    await db('lease')
      .insert({ kind: 'probe', shard: 1, owner: Buffer.alloc(16), fence: 0, until: 0 })
      .catch(() => 0)
    const blocked = await db.transaction(async (trx) => {
      await trx('lease').where({ kind: 'probe', shard: 1 }).forUpdate().first()
      await other.raw('SET SESSION innodb_lock_wait_timeout = 1')
      const attempt = other('lease')
        .where({ kind: 'probe', shard: 1 })
        .update({ fence: other.raw('fence + 1') })
      return attempt.then(
        () => false,
        (error: { errno?: number }) => error.errno === 1205,
      )
    })
    const detail = blocked
      ? 'a second connection waits'
      : 'FOR UPDATE takes no lock here: use an InnoDB server'
    findings.push({ name: 'row locks', hard: true, ok: blocked, detail })
  } finally {
    await other.destroy()
  }
}
