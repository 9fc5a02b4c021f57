import type { Knex } from 'knex'
import { rememberUniqueKey } from './unique-keys.ts'

/** One column while its table is being described. NOT NULL unless `nullable()` is said. */
export interface Column {
  nullable(): Column
  comment(text: string): Column
  /** A literal that rows without the column get. */
  defaultTo(value: number | string): Column
}

/** The column words of the house (one spelling for each engine), and the keys of a table. */
export interface Table {
  /** 16 bytes: an identifier. */
  id(name: string): Column
  /** 32 bytes: a SHA-256. */
  hash(name: string): Column
  /** Canonical bytes of at most n: IRIs, foreign identifiers. */
  key(name: string, n: number): Column
  /** Thousandths of a credit hour. */
  milli(name: string): Column
  /** A whole number. */
  num(name: string): Column
  /** A small number that stands for a word, by one constant in code. */
  code(name: string): Column
  /** A short word of ours in ASCII, at most n characters. */
  word(name: string, n: number): Column
  /** Microseconds since 1970 UTC. */
  instant(name: string): Column
  /** A civil day. */
  day(name: string): Column
  /** At most n characters, compared byte by byte. */
  text(name: string, n: number): Column
  /** A document as bytes, at most 6 MiB. */
  bytes(name: string): Column
  primary(columns: string[]): void
  unique(columns: string[], name: string): void
  index(columns: string[], name: string): void
  check(condition: string, name: string): void
}

/** How rows of a table may change: a journal only grows; rows of a transient table are meant to go. */
export type TableKind = 'journal' | 'state' | 'transient'

interface ColumnText {
  name: string
  mysql: string
  sqlite: string
  /** SQLite keeps no lengths, so a CHECK does. */
  sqliteCheck?: string
  isNullable: boolean
  remark: string
  byDefault: string
}

/**
 * Makes one table in the words above, on whichever engine answers: InnoDB with utf8mb4_bin, or STRICT with lengths
 * checked. A journal gets triggers that refuse UPDATE and DELETE. The table enters `schema_table`, from which grants
 * and the probe are made.
 */
export async function createTable(
  db: Knex,
  name: string,
  describe: (table: Table) => void,
  options: { journal?: boolean; transient?: boolean } = {},
): Promise<void> {
  const plan = planOf(describe)
  if (plan.primary.length === 0) throw new Error(`${name} needs a primary key`)
  const onServer = db.client.config.client === 'mysql2'
  await db.raw(onServer ? serverText(name, plan) : embeddedText(name, plan))
  for (const key of plan.keys) {
    if (!onServer || !key.unique) continue
    rememberUniqueKey(name, key.columns, key.name)
  }
  if (!onServer) {
    for (const key of plan.keys) {
      const unique = key.unique ? 'UNIQUE ' : ''
      await db.raw(`CREATE ${unique}INDEX \`${key.name}\` ON \`${name}\` (${quoted(key.columns)})`)
      if (key.unique) rememberUniqueKey(name, key.columns, key.name)
    }
  }
  const kind: TableKind = options.journal ? 'journal' : options.transient ? 'transient' : 'state'
  if (kind === 'journal') await guardJournal(db, name, onServer)
  await db('schema_table').insert({ name, kind })
}

/**
 * Adds columns to a table that is there already, in one statement where the engine can, so that a migration happens
 * whole or not at all. Each needs `nullable()` or a default: rows that are there get it.
 */
export async function addColumns(db: Knex, name: string, describe: (table: Table) => void): Promise<void> {
  const { columns } = planOf(describe)
  if (db.client.config.client === 'mysql2') {
    const added = serverColumns(columns).map((line) => `ADD COLUMN ${line}`)
    await db.raw(`ALTER TABLE \`${name}\` ${added.join(', ')}`)
    return
  }
  await db.transaction(async (trx) => {
    for (const line of embeddedColumns(columns)) await trx.raw(`ALTER TABLE \`${name}\` ADD COLUMN ${line}`)
  })
}

interface Plan {
  columns: ColumnText[]
  primary: string[]
  keys: { columns: string[]; name: string; unique: boolean }[]
  checks: { condition: string; name: string }[]
}

function planOf(describe: (table: Table) => void): Plan {
  const plan: Plan = { columns: [], primary: [], keys: [], checks: [] }
  const add = (name: string, mysql: string, sqlite: string, sqliteCheck?: string): Column => {
    const text: ColumnText = { name, mysql, sqlite, isNullable: false, remark: '', byDefault: '' }
    if (sqliteCheck) text.sqliteCheck = sqliteCheck
    plan.columns.push(text)
    const column: Column = {
      nullable: () => {
        text.isNullable = true
        return column
      },
      comment: (remark) => {
        text.remark = remark
        return column
      },
      defaultTo: (value) => {
        text.byDefault = typeof value === 'number' ? String(value) : literal(value)
        return column
      },
    }
    return column
  }
  const length = (name: string, test: string) => `length(\`${name}\`) ${test}`
  describe({
    id: (name) => add(name, 'BINARY(16)', 'BLOB', length(name, '= 16')),
    hash: (name) => add(name, 'BINARY(32)', 'BLOB', length(name, '= 32')),
    key: (name, n) => add(name, `VARBINARY(${n})`, 'BLOB', length(name, `<= ${n}`)),
    milli: (name) => add(name, 'BIGINT', 'INTEGER'),
    num: (name) => add(name, 'BIGINT', 'INTEGER'),
    code: (name) => add(name, 'SMALLINT', 'INTEGER'),
    word: (name, n) =>
      add(name, `VARCHAR(${n}) CHARACTER SET ascii COLLATE ascii_bin`, 'TEXT', length(name, `<= ${n}`)),
    instant: (name) => add(name, 'BIGINT', 'INTEGER'),
    day: (name) => add(name, 'DATE', 'TEXT', length(name, '= 10')),
    text: (name, n) => add(name, `VARCHAR(${n})`, 'TEXT', length(name, `<= ${n}`)),
    bytes: (name) => add(name, 'MEDIUMBLOB', 'BLOB', length(name, '<= 6291456')),
    primary: (columns) => {
      plan.primary = columns
    },
    unique: (columns, name) => plan.keys.push({ columns, name, unique: true }),
    index: (columns, name) => plan.keys.push({ columns, name, unique: false }),
    check: (condition, name) => plan.checks.push({ condition, name }),
  })
  return plan
}

function serverColumns(columns: ColumnText[]): string[] {
  return columns.map(({ name: column, mysql, isNullable, remark, byDefault }) =>
    [
      `\`${column}\` ${mysql}`,
      isNullable ? 'NULL' : 'NOT NULL',
      byDefault && `DEFAULT ${byDefault}`,
      remark && `COMMENT ${literal(remark)}`,
    ]
      .filter(Boolean)
      .join(' '),
  )
}

function serverText(name: string, plan: Plan): string {
  const lines = serverColumns(plan.columns)
  lines.push(`PRIMARY KEY (${quoted(plan.primary)})`)
  for (const key of plan.keys)
    lines.push(`${key.unique ? 'UNIQUE ' : ''}KEY \`${key.name}\` (${quoted(key.columns)})`)
  for (const check of plan.checks) lines.push(`CONSTRAINT \`${check.name}\` CHECK (${check.condition})`)
  return `CREATE TABLE \`${name}\` (\n${lines.join(',\n')}\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`
}

function embeddedColumns(columns: ColumnText[]): string[] {
  return columns.map(({ name: column, sqlite, sqliteCheck, isNullable, byDefault }) =>
    [
      `\`${column}\` ${sqlite}`,
      isNullable ? '' : 'NOT NULL',
      byDefault && `DEFAULT ${byDefault}`,
      sqliteCheck && `CHECK (${sqliteCheck})`,
    ]
      .filter(Boolean)
      .join(' '),
  )
}

function embeddedText(name: string, plan: Plan): string {
  const lines = embeddedColumns(plan.columns)
  lines.push(`PRIMARY KEY (${quoted(plan.primary)})`)
  for (const check of plan.checks) lines.push(`CONSTRAINT \`${check.name}\` CHECK (${check.condition})`)
  return `CREATE TABLE \`${name}\` (\n${lines.join(',\n')}\n) STRICT, WITHOUT ROWID`
}

/** MySQL refuses triggers to a user without SUPER while the binary log is on, unless the server trusts creators. */
const triggersNotTrusted = 1419

async function guardJournal(db: Knex, name: string, onServer: boolean): Promise<void> {
  const words = `${name} is a journal: rows are only added`
  for (const act of ['UPDATE', 'DELETE']) {
    const head = `CREATE TRIGGER \`${name}_no_${act.toLowerCase()}\` BEFORE ${act} ON \`${name}\``
    if (!onServer) {
      await db.raw(`${head} BEGIN SELECT RAISE(ABORT, ${literal(words)}); END`)
      continue
    }
    try {
      await db.raw(`${head} FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = ${literal(words)}`)
    } catch (error) {
      // Privileges are the first guard on a server and the hash chain the third, so this second one may be missing.
      if ((error as { errno?: number }).errno !== triggersNotTrusted) throw error
    }
  }
}

function quoted(columns: string[]): string {
  return columns.map((column) => `\`${column}\``).join(', ')
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
