import { idText } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Ground } from '../../foundation/ground.ts'
import { isoOf } from '../../foundation/time.ts'
import { uuidText } from '../language/uuid.ts'
import { multipartAnswer } from '../statements/answer-with-attachments.ts'
import { flag } from '../statements/flags.ts'
import { firstWithin, type StatementRow, statementColumns } from '../statements/read.ts'
import type { Delivery } from './delivery.ts'
import type { Destination } from './destination.ts'
import { hopHeader, hopKey, hopName, hopsOf } from './hop.ts'
import { redacts } from './redact.ts'
import { type Rendered, statementText } from './statement-text.ts'
import type { DeliveryCode } from './verdict.ts'

/** Deliveries that go in one request. */
export interface Parcel {
  deliveries: Delivery[]
  /** Of each delivery, the text it is sent as. */
  texts: string[]
  headers: Record<string, string>
  /** Of a statement with bytes: both in one body of several parts. */
  multipart: { type: string; body: Buffer } | null
}

/** What became of the next deliveries: what goes now, and what can never go. */
export interface Packed {
  parcel: Parcel | null
  unsendable: { delivery: Delivery; code: DeliveryCode }[]
}

/** A request of statements is not made larger than this, in bytes: the usual limit of LRSs and proxies is higher. */
const mostBytes = 4 * 1024 * 1024

/**
 * Packs statements for an LRS: a run of deliveries in their order that came by the same way, since one request has one
 * hop header.
 */
export async function packStatements(
  handle: Handle,
  config: Ground['config'],
  destination: Destination,
  waiting: readonly Delivery[],
): Promise<Packed> {
  const seqs = await firstWithin(
    handle,
    waiting.map(({ seq }) => seq as number),
  )
  const deliveries = waiting.slice(0, seqs.length)
  const rows: StatementRow[] = await handle('statement').select(statementColumns).whereIn('seq', seqs)
  const bySeq = new Map(rows.map((row) => [Number(row.seq), row]))
  const hops = await hopsOf(
    handle,
    rows.map((row) => ({ storeId: idText(row.store_id), id: uuidText(row.statement_id) })),
  )
  const packed: Packed = { parcel: null, unsendable: [] }
  let way: string | undefined
  let size = 0
  for (const delivery of deliveries) {
    const row = bySeq.get(delivery.seq as number)
    const rendered = row ? textOf(row, destination, config) : { text: null, code: 'GONE' as const }
    if (!row || rendered.text === null) {
      packed.unsendable.push({ delivery, code: rendered.code as DeliveryCode })
      continue
    }
    const own = hops.get(hopKey(idText(row.store_id), uuidText(row.statement_id)))
    const brings = (row.flags & flag.attached) !== 0 && !redacts(destination.redaction)
    size += Buffer.byteLength(rendered.text)
    if (packed.parcel && (brings || own !== way || size > mostBytes)) break
    way = own
    packed.parcel ??= {
      deliveries: [],
      texts: [],
      headers: { [hopHeader]: await chain(handle, own) },
      multipart: null,
    }
    packed.parcel.deliveries.push(delivery)
    packed.parcel.texts.push(rendered.text)
    if (brings) {
      // A statement with bytes goes by itself: one that is refused for them then stands alone already.
      packed.parcel.multipart = await withBytes(handle, row, rendered.text)
      break
    }
  }
  return packed
}

async function withBytes(handle: Handle, row: StatementRow, text: string): Promise<Parcel['multipart']> {
  const { headers, body } = await multipartAnswer(handle, idText(row.store_id), [row], `[${text}]`, {})
  return { type: headers['Content-Type'] as string, body: Buffer.from(body as Buffer) }
}

/** A text that is no JSON is one that was erased; one that cannot be made for any other reason must not stop the rest. */
function textOf(row: StatementRow, destination: Destination, config: Ground['config']): Rendered {
  try {
    return statementText(row, destination, config)
  } catch (error) {
    return { text: null, code: error instanceof SyntaxError ? 'GONE' : 'UNSENDABLE' }
  }
}

async function chain(handle: Handle, hops: string | undefined): Promise<string> {
  const own = await hopName(handle)
  return hops ? `${hops}, ${own}` : own
}

/** Packs one event for a webhook. The body is the same at every attempt. */
export function packEvent(config: Pick<Ground['config'], 'publicUrl'>, delivery: Delivery): Packed {
  if (delivery.content === null) return { parcel: null, unsendable: [{ delivery, code: 'GONE' }] }
  const { at, data, links } = JSON.parse(delivery.content.toString('utf8'))
  const absolute = Object.fromEntries(
    Object.entries(links as Record<string, string>).map(([rel, path]) => [rel, `${config.publicUrl}${path}`]),
  )
  const body = { event: delivery.event, delivery: delivery.id, at: isoOf(at), data, links: absolute }
  const parcel = { deliveries: [delivery], texts: [JSON.stringify(body)], headers: {}, multipart: null }
  return { parcel, unsendable: [] }
}
