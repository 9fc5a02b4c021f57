import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { transact } from '../../foundation/database/transact.ts'
import { ExpectedError, type Fault as ShownFault } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { derivedId, type Id, newId } from '../../foundation/ids.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import { shownFaults } from '../errors.ts'
import type { FaultCode } from '../language/faults.ts'
import { scan } from '../language/scan.ts'
import { memberOf, treeOf } from '../language/tree.ts'
import { negotiate, type Version } from '../language/version.ts'
import type { XapiRequest } from '../protocol/exchange.ts'
import type { HourTally } from '../sources/health.ts'
import type { Source } from '../sources/source.ts'
import { postStatements, type Receiving } from '../statements/receive.ts'
import { createWriter } from '../statements/writer.ts'
import { Batch, type Item } from './batch.ts'
import type { Piece } from './pieces.ts'

/** A statement of a file that was not taken. */
export interface RefusedPiece {
  /** Where it begins in the file, counted from 1. */
  line: number
  errors: ShownFault[]
  /** The text of it, or of the row it was made of; null where it could not be kept in memory. */
  text: string | null
}

/** What an import did. */
export interface Imported {
  accepted: number
  /** Stored before with the same content. */
  duplicate: number
  refused: number
  /** Where the file ends in the middle of a statement; null for a file that was read to its end. */
  endedAtLine: number | null
}

/** What an import needs to know. */
export interface ImportOrder {
  source: Source
  /** As the audit names whoever imports, and under which id. */
  actor: string
  operatorId: Id
  /** Hears of each statement that was not taken, in the order in which that is found. */
  onRefused(piece: RefusedPiece): Promise<void>
}

/** A piece of a file with the text of a statement, or with why none could be made of it. */
export type Made =
  | { line: number; text: string; original?: string }
  | { line: number; text: null; errors: ShownFault[]; original: string | null; isEnd?: boolean }

const namespace = '5d0f5d5a-6c5c-5c0a-8a39-2f0f6f1c9d20'

/**
 * Stores the statements of a file for a source, by the way that a push takes: the same checks, guard, namespaces, ids and
 * writer. A bad one does not stop the good ones: it is named with its line. Statements without an id get one that follows
 * from source and content, so the same file may be imported again. Memory is that of one batch. That it begins is in the
 * audit before anything is stored, so what an import left that was cut off is somebody's too.
 */
export async function importStatements(
  ground: Ground,
  order: ImportOrder,
  pieces: AsyncIterable<Made>,
): Promise<Imported> {
  await audit(ground, order, 'statements-import-begun', {})
  const writer = createWriter(ground)
  const result: Imported = { accepted: 0, duplicate: 0, refused: 0, endedAtLine: null }
  const refuse = async (line: number, errors: ShownFault[], text: string | null): Promise<void> => {
    result.refused += 1
    await order.onRefused({ line, errors, text })
  }
  const note = (tally: Partial<HourTally>): void => {
    result.accepted += tally.accepted ?? 0
    result.duplicate += tally.duplicate ?? 0
  }
  const on = receivingOf(ground, writer, note)
  const digest = createHash('sha256')
  let batch = new Batch(ground.config.xapiDefaultVersion)
  const flush = async (): Promise<void> => {
    if (batch.items.length > 0) await send(on, order, batch.version, batch.items, refuse)
    batch = new Batch(batch.version)
  }
  try {
    for await (const piece of pieces) {
      digest.update(`${piece.text ?? ''}\n`)
      if (piece.text === null) {
        if (piece.isEnd) result.endedAtLine = piece.line
        await refuse(piece.line, piece.errors, piece.original)
        continue
      }
      const read = itemOf(piece, order.source.id, ground.config.xapiDefaultVersion)
      if ('errors' in read) {
        await refuse(piece.line, read.errors, piece.original ?? piece.text)
        continue
      }
      if (!batch.takes(read.item, read.version)) {
        await flush()
        batch.version = read.version
      }
      batch.add(read.item)
    }
    await flush()
  } finally {
    await writer.close()
  }
  const { accepted, duplicate, refused } = result
  const detail = { accepted, duplicate, refused, sha256: digest.digest('hex') }
  await audit(ground, order, 'statements-imported', detail)
  return result
}

/** The statements in pieces of a file of JSON. A line of a file of refused statements gives the statement inside it. */
export async function* statementsIn(pieces: AsyncIterable<Piece>): AsyncGenerator<Made> {
  for await (const piece of pieces) {
    const { line } = piece
    if (piece.bytes === null) {
      const errors = shownFaults([{ index: 0, pointer: '', code: 'cut-off' }])
      const tooLarge = [{ code: 'too-large', detail: 'one statement may have 6 MiB at most' }]
      const isEnd = piece.fault === 'cut-off'
      yield { line, text: null, errors: isEnd ? errors : tooLarge, original: null, isEnd }
    } else if (!isUtf8(piece.bytes)) {
      // Read as what it is not it would be stored as what nobody said.
      const errors = shownFaults([{ index: 0, pointer: '', code: 'invalid-json' }])
      yield { line, text: null, errors, original: null }
    } else yield { line, text: refusedStatementIn(piece.bytes.toString()) }
  }
}

function refusedStatementIn(text: string): string {
  if (!text.includes('"errors"')) return text.trim()
  try {
    const parsed = JSON.parse(text)
    if (!Array.isArray(parsed?.errors) || typeof parsed.statement !== 'object') return text.trim()
    const node = memberOf(treeOf(text), 'statement')
    return node ? text.slice(node.start, node.end) : text.trim()
  } catch {
    return text.trim()
  }
}

function itemOf(
  piece: { line: number; text: string; original?: string },
  sourceId: Id,
  usual: Version,
): { item: Item; version: Version } | { errors: ShownFault[] } {
  const { line, text } = piece
  const refused = (code: FaultCode) => ({ errors: shownFaults([{ index: 0, pointer: '', code }]) })
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return refused('invalid-json')
  }
  // By itself, since in a batch it would make everything unreadable.
  const scanned = scan(Buffer.from(text))
  if (scanned.form === 'unreadable') return refused(scanned.code)
  if (scanned.form === 'batch') return refused('wrong-type')
  const { id, version } = parsed as { id?: unknown; version?: unknown }
  const own = typeof id === 'string' ? id.toLowerCase() : null
  const made = id === undefined ? withId(text, sourceId) : { id: own ?? newId(), text }
  const item = { line, text: made.text, original: piece.original ?? text, id: made.id }
  const rules = typeof version === 'string' ? negotiate(version, usual) : null
  return { item, version: rules?.understood ? rules.version : usual }
}

/** The id follows from the content without the blanks between its tokens: a file may be laid out in several ways. */
function withId(text: string, sourceId: Id): { id: string; text: string } {
  const bare = text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1')
  const id = derivedId(namespace, `${sourceId}|${bare}`)
  return { id, text: bare === '{}' ? text : text.replace(/^\s*\{/, `{"id":"${id}",`) }
}

async function send(
  on: Receiving,
  order: ImportOrder,
  version: Version,
  items: Item[],
  refuse: (line: number, errors: ShownFault[], text: string) => Promise<void>,
): Promise<void> {
  let rest = items
  for (let attempt = 1; rest.length > 0; attempt++) {
    try {
      await postStatements(on, requestOf(order, version, rest))
      return
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error
      if (error.kind === 'unavailable') {
        if (attempt >= 10) throw error
        await sleep(200 * attempt)
        continue
      }
      const named = new Map<number, ShownFault[]>()
      for (const fault of error.errors ?? []) {
        const { index, ...shown } = fault
        if (index !== undefined) named.set(index, [...(named.get(index) ?? []), shown])
      }
      if (named.size === 0 && rest.length > 1) {
        // Nobody says which it was: half and half until the culprit stands alone.
        const half = rest.length >> 1
        await send(on, order, version, rest.slice(0, half), refuse)
        await send(on, order, version, rest.slice(half), refuse)
        return
      }
      for (const [n, { line, original }] of rest.entries()) {
        const errors = named.size === 0 ? [{ code: error.code, detail: error.message }] : named.get(n)
        if (errors) await refuse(line, errors, original)
      }
      rest = named.size === 0 ? [] : rest.filter((_, n) => !named.has(n))
      attempt = 0
    }
  }
}

function requestOf({ source, operatorId }: ImportOrder, version: Version, items: Item[]): XapiRequest {
  return {
    method: 'POST',
    params: new Map(),
    repeated: false,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(`[${items.map(({ text }) => text).join(',')}]`),
    // No credential of the source sent these: whoever imports stands in its place, and has to be told of every conflict.
    caller: {
      source: { ...source, onConflict: 'refuse' },
      credentialId: operatorId,
      scopes: new Set(['all']),
    },
    version,
  }
}

function receivingOf(
  { db, config, now }: Ground,
  writer: Receiving['writer'],
  note: (tally: Partial<HourTally>) => void,
): Receiving {
  return {
    db,
    config,
    writer,
    now,
    // What is refused goes into a file beside the one it came from, not into the dead letter as well.
    rejects: { keep: async () => newId() },
    // A file says nothing about when the source pushes; only the counts are wanted.
    health: {
      note: (_sourceId, tally) => note(tally),
      noteUse: () => undefined,
      close: async () => undefined,
    },
    rates: { admit: () => undefined, charge: () => undefined },
  }
}

async function audit(
  { db, now }: Ground,
  { actor, source }: ImportOrder,
  action: 'statements-import-begun' | 'statements-imported',
  detail: Record<string, unknown>,
): Promise<void> {
  await transact(db, (trx) =>
    recordAudit(trx, {
      actor,
      action,
      subjectKind: 'source',
      subjectId: source.id,
      detail,
      now: now(),
    }),
  )
}
