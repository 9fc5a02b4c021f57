import type { Config } from '../../foundation/config.ts'
import { safeInteger } from '../../foundation/database/codec.ts'
import type { Database } from '../../foundation/database/connect.ts'
import { NoSuchStatement, NotPermitted } from '../errors.ts'
import { identifierOf } from '../language/statement.ts'
import { jsonAnswer, type XapiAnswer, type XapiRequest } from '../protocol/exchange.ts'
import { permits } from '../sources/scopes.ts'
import { multipartAnswer, rowsWithin } from './answer-with-attachments.ts'
import { consistentThrough } from './consistent-through.ts'
import { findMany, findOne, type Place, placeOf, type Scope } from './find.ts'
import { activityIdsIn, canonicalTexts, definitionsOf, idsText, languagesOf } from './format.ts'
import { pageOf, tokenOf } from './more.ts'
import { type Filter, type Format, queryOf } from './query.ts'
import type { StatementRow } from './read.ts'
import { authorityOf, exactText } from './serve.ts'
import type { Writer } from './writer.ts'

/** What answering statements needs. */
export interface Retrieving {
  db: Database
  writer: Writer
  config: Pick<Config, 'xapiIriBase' | 'tokenSecret' | 'xapiAttachmentBytes'>
  /** Where this resource is: `more` is an absolute path, because clients join host and path. */
  path: string
}

/** `GET /xapi/statements`: one statement by its id, or those that a filter finds, page by page. */
export async function getStatements(on: Retrieving, request: XapiRequest): Promise<XapiAnswer> {
  const scope = scopeOf(request)
  const query = queryOf(request.params, request.repeated, request.version)
  // Read before the query: a header newer than its data would let a consumer skip a statement for ever.
  const through = consistentThrough(await on.writer.watermark())
  if (query.kind === 'one') {
    const row = await findOne(on.db, scope, query.id, query.voided)
    if (!row) throw new NoSuchStatement()
    const [text] = await shown(on, scope, [row], query.format, request)
    const stored = new Date(safeInteger(row.stored) / 1000)
    const headers = { ...through, 'Last-Modified': stored.toUTCString() }
    return answer(on, scope, [row], text as string, { attachments: query.attachments, headers })
  }
  const page =
    query.kind === 'more'
      ? pageOf(query.token, scope.storeId, on.config.tokenSecret)
      : { ...query, from: null as Place | null }
  const { filter, format, attachments, from } = page
  const found = await findMany(on.db, scope, ofAuthority(on, request, filter), from)
  const rows = attachments ? await rowsWithin(on.db, found.rows, on.config.xapiAttachmentBytes) : found.rows
  const next = rows.length < found.rows.length ? placeOf(rows.at(-1) as StatementRow) : found.next
  const texts = await shown(on, scope, rows, format, request)
  let more = ''
  if (next) {
    const token = tokenOf({ filter, format, attachments, from: next }, scope.storeId, on.config.tokenSecret)
    more = `${on.path}?more=${token}`
  }
  const json = `{"statements":[${texts.join(',')}],"more":${JSON.stringify(more)}}`
  return answer(on, scope, rows, json, { attachments, headers: through })
}

async function answer(
  { db }: Retrieving,
  { storeId }: Scope,
  rows: StatementRow[],
  json: string,
  { attachments, headers }: { attachments: boolean; headers: Record<string, string> },
): Promise<XapiAnswer> {
  return attachments ? multipartAnswer(db, storeId, rows, json, headers) : jsonAnswer(json, headers)
}

function scopeOf({ caller }: XapiRequest): Scope {
  const { source, scopes } = caller
  if (!permits(scopes, 'statements/read/mine')) throw new NotPermitted()
  return {
    storeId: source.storeId,
    onlySourceId: permits(scopes, 'statements/read') ? null : source.id,
  }
}

// The authority of what the source sent is its account, which has no reference rows: with related_agents it finds all that.
function ofAuthority(on: Retrieving, { caller }: XapiRequest, filter: Filter): Filter {
  const authority = identifierOf(authorityOf(on.config.xapiIriBase, caller.source.id))
  return filter.relatedAgents && filter.agent === authority ? { ...filter, isAuthority: true } : filter
}

async function shown(
  on: Retrieving,
  { storeId }: Scope,
  rows: StatementRow[],
  format: Format,
  request: XapiRequest,
): Promise<string[]> {
  const exact = rows.map((row) => exactText(row, on.config.xapiIriBase))
  if (format === 'exact') return exact
  if (format === 'ids') return exact.map(idsText)
  const definitions = await definitionsOf(on.db, storeId, [...new Set(exact.flatMap(activityIdsIn))])
  const languages = languagesOf(request.headers['accept-language'])
  return canonicalTexts(exact, { definitions, languages })
}
