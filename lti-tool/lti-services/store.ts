import type { Database, Handle } from '../../foundation/database/connect.ts'
import type { Row, Value } from '../../foundation/database/dialect.ts'
import { transact } from '../../foundation/database/transact.ts'
import { sha256 } from '../../foundation/ids.ts'
import type { Clock } from '../../foundation/time.ts'
import { type Collection, collectionOf } from './collections.ts'
import { seal, unseal } from './seal.ts'

/** What ltijs hands us as a row or a query: fields by its own names. */
export type Fields = Record<string, unknown>

/** The seven methods that ltijs calls on a database plugin (lti.md §9). */
export interface LtijsPlugin {
  setup(): Promise<true>
  Close(): Promise<true>
  Get(key: string | false, collection: string, query?: Fields): Promise<Fields[] | false>
  Insert(key: string | false, collection: string, item: Fields, index?: Fields): Promise<true>
  Replace(key: string | false, collection: string, query: Fields, item: Fields, index?: Fields): Promise<true>
  Modify(key: string | false, collection: string, query: Fields, change: Fields): Promise<true>
  Delete(collection: string, query: Fields): Promise<true>
}

/** A service token is hidden so long before its end, since ltijs keeps no margin. */
const tokenMarginMs = 60_000

/**
 * ltijs's data in our database. The key argument of ltijs says only *whether* a document is sealed; with which secret
 * is the store's own business.
 */
export class LtijsStore implements LtijsPlugin {
  readonly #db: Database
  readonly #secret: string
  readonly #now: Clock

  constructor(db: Database, toolKeySecret: string, now: Clock) {
    this.#db = db
    this.#secret = toolKeySecret
    this.#now = now
  }

  /** The pool is opened and closed by whoever made it. */
  async setup(): Promise<true> {
    return true
  }

  async Close(): Promise<true> {
    return true
  }

  /** Rows that match, as plain objects, or false when there are none; without a query every row. */
  async Get(key: string | false, name: string, query?: Fields): Promise<Fields[] | false> {
    const collection = collectionOf(name)
    const rows: Row[] = await this.#db(collection.table).where(whereOf(collection, query ?? {}))
    const found = rows.map((row) => this.#fieldsOf(name, collection, row, key !== false))
    const live = name === 'accesstoken' ? found.filter((token) => this.#isLive(token)) : found
    // ltijs takes a registration without status for active.
    if (name === 'platformStatus' && live.length === 0) return [{ active: false }]
    return live.length > 0 ? live : false
  }

  async Insert(key: string | false, name: string, item: Fields, index?: Fields): Promise<true> {
    const collection = collectionOf(name)
    await this.#db(collection.table).insert(this.#rowOf(name, collection, key !== false, item, index))
    return true
  }

  /** Puts the row in place of the one with its key; `createdAt` begins anew. */
  async Replace(
    key: string | false,
    name: string,
    query: Fields,
    item: Fields,
    index?: Fields,
  ): Promise<true> {
    const collection = collectionOf(name)
    const row = this.#rowOf(name, collection, key !== false, { ...query, ...item }, index)
    await transact(
      this.#db,
      async (trx) => {
        await trx(collection.table).where(rowKeyOf(collection, row)).delete()
        await trx(collection.table).insert(row)
      },
      { idempotent: true },
    )
    return true
  }

  async Modify(key: string | false, name: string, query: Fields, change: Fields): Promise<true> {
    const collection = collectionOf(name)
    if (key === false || !collection.sealed) {
      await this.#db(collection.table).where(whereOf(collection, query)).update(columnsOf(collection, change))
      return true
    }
    await transact(this.#db, (trx) => this.#reseal(trx, name, collection, query, change), {
      idempotent: true,
    })
    return true
  }

  /** An empty query deletes nothing. */
  async Delete(name: string, query: Fields): Promise<true> {
    const collection = collectionOf(name)
    const where = whereOf(collection, query)
    if (Object.keys(where).length > 0) await this.#db(collection.table).where(where).delete()
    return true
  }

  async #reseal(
    trx: Handle,
    name: string,
    collection: Collection,
    query: Fields,
    change: Fields,
  ): Promise<void> {
    const rows: Row[] = await trx(collection.table).where(whereOf(collection, query))
    for (const row of rows) {
      const place = placeOf(name, collection, row)
      const { iv, data } = row as unknown as { iv: Buffer; data: Buffer }
      const sealed = seal(this.#secret, place, { ...unseal(this.#secret, place, { iv, data }), ...change })
      await trx(collection.table)
        .where(rowKeyOf(collection, row))
        .update({ iv: sealed.iv, data: sealed.data })
    }
  }

  #rowOf(name: string, collection: Collection, sealed: boolean, item: Fields, index?: Fields): Row {
    const row = columnsOf(collection, { ...(sealed ? {} : item), ...index })
    row.created_at = this.#now()
    if (!sealed) return row
    if (name === 'accesstoken') row.lookup = lookupOf(row)
    return { ...row, ...seal(this.#secret, placeOf(name, collection, row), item) }
  }

  #fieldsOf(name: string, collection: Collection, row: Row, opened: boolean): Fields {
    // Milliseconds, since ltijs computes the age of a token from it.
    const createdAt = Math.floor(Number(row.created_at) / 1000)
    if (opened && collection.sealed) {
      const { iv, data } = row as unknown as { iv: Buffer; data: Buffer }
      return { ...unseal(this.#secret, placeOf(name, collection, row), { iv, data }), createdAt }
    }
    const fields: Fields = { createdAt }
    for (const [field, column] of Object.entries(collection.columns)) {
      const value = row[column]
      if (value == null) continue
      if (field === 'authConfig') fields[field] = JSON.parse(String(value))
      else fields[field] = field === 'active' ? value === 1 : value
    }
    return fields
  }

  #isLive(token: Fields): boolean {
    const { createdAt, token: answer } = token as { createdAt: number; token?: { expires_in?: number } }
    const lifeMs = (answer?.expires_in ?? 0) * 1000
    return createdAt + lifeMs - tokenMarginMs > this.#now() / 1000
  }
}

/** Only known columns and scalars: mysql2 expands an object given as a value into conditions of its own. */
function whereOf(collection: Collection, query: Fields): Row {
  const where: Row = {}
  for (const [field, value] of Object.entries(query)) {
    const column = collection.columns[field]
    if (!column || !Object.hasOwn(collection.columns, field))
      throw new TypeError(`ltijs asked by an unknown field: ${field}`)
    where[column] = scalarOf(field, value)
  }
  return where
}

function columnsOf(collection: Collection, fields: Fields): Row {
  const row: Row = {}
  for (const [field, column] of Object.entries(collection.columns)) {
    if (!Object.hasOwn(fields, field)) continue
    if (field === 'authConfig') row[column] = JSON.stringify(fields[field])
    // A status that ltijs leaves undefined is not a yes.
    else if (field === 'active') row[column] = fields[field] === true ? 1 : 0
    else row[column] = fields[field] == null ? null : scalarOf(field, fields[field])
  }
  return row
}

function scalarOf(field: string, value: unknown): Value {
  if (typeof value === 'string') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'boolean') return value ? 1 : 0
  throw new TypeError(`ltijs gave a value that is no scalar for ${field}`)
}

function lookupOf(row: Row): Buffer {
  return sha256(JSON.stringify([row.platform_url, row.client_id, row.scopes]))
}

function rowKeyOf(collection: Collection, row: Row): Row {
  if (collection.table === 'ltijs_accesstoken') return { lookup: lookupOf(row) }
  const key: Row = {}
  for (const field of collection.key) {
    const column = collection.columns[field] as string
    if (row[column] == null) throw new TypeError(`ltijs gave no ${field}`)
    key[column] = row[column]
  }
  return key
}

/** What a sealed document is bound to: its collection and the key of its row. */
export function placeOf(name: string, collection: Collection, row: Row): string {
  return JSON.stringify([name, ...collection.key.map((field) => row[collection.columns[field] as string])])
}
