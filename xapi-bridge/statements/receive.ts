import type { Id } from '../../foundation/ids.ts'
import type { Clock } from '../../foundation/time.ts'
import type { Rejects } from '../dead-letter/keep.ts'
import { BadRequest, InvalidStatements, NotPermitted, StatementConflict, shownFaults } from '../errors.ts'
import type { Fault } from '../language/faults.ts'
import { isUuid } from '../language/terms.ts'
import { emptyAnswer, jsonAnswer, type XapiAnswer, type XapiRequest } from '../protocol/exchange.ts'
import type { Health } from '../sources/health.ts'
import { permits } from '../sources/scopes.ts'
import { flag } from './flags.ts'
import { type Prepared, prepare } from './prepare.ts'
import type { Writer } from './writer.ts'

/** What receiving statements needs. */
export interface Receiving {
  writer: Writer
  rejects: Rejects
  health: Health
  now: Clock
}

/** `POST /xapi/statements`: one statement or a batch, all or nothing. Answers the ids in order. */
export async function postStatements(on: Receiving, request: XapiRequest): Promise<XapiAnswer> {
  if (request.params.size > 0) throw new BadRequest('a POST of statements takes no parameters')
  const { statements, receipt } = await receive(on, request)
  const ids = statements.map(({ id }) => id)
  return jsonAnswer(JSON.stringify(ids), receipt ? { 'X-Xueshi-Receipt': receipt } : {})
}

/** `PUT /xapi/statements?statementId=`: one statement under the id that the address names. */
export async function putStatement(on: Receiving, request: XapiRequest): Promise<XapiAnswer> {
  const statementId = request.params.get('statementId')
  if (request.params.size !== 1 || statementId === undefined || request.repeated)
    throw new BadRequest('a PUT takes exactly the parameter statementId')
  if (!isUuid(statementId)) throw new BadRequest('statementId is no UUID')
  const { receipt } = await receive(on, request, statementId)
  return emptyAnswer(receipt ? { 'X-Xueshi-Receipt': receipt } : {})
}

async function receive(
  on: Receiving,
  request: XapiRequest,
  statementId?: string,
): Promise<{ statements: Prepared[]; receipt: string | null }> {
  const { caller, version, body } = request
  const { source, scopes } = caller
  if (!permits(scopes, 'statements/write')) throw new NotPermitted()
  requireJson(request.headers['content-type'])

  const { storeId, guard } = source
  const reading = { storeId, version, guard }
  const prepared = prepare(
    body,
    statementId === undefined ? reading : { ...reading, single: true, statementId },
  )
  if (!prepared.statements) {
    const receipt = await reject(on, request, 400, prepared.faults)
    throw new InvalidStatements(shownFaults(prepared.faults), receipt)
  }
  const { statements } = prepared
  if (statements.length === 0) {
    on.health.note(source.id, {})
    return { statements, receipt: null }
  }
  if (statements.some(({ flags }) => flags & flag.voiding) && !permits(scopes, 'statements/void'))
    throw new NotPermitted()

  const writing = {
    sourceId: source.id,
    storeId,
    credentialId: caller.credentialId,
    version,
    statements,
    quiet: source.onConflict === 'quiet',
  }
  const written = await on.writer.write(writing, source.onOverload)
  const faults: Fault[] = written.conflicts.map((index) => ({
    index,
    pointer: '/id',
    code: 'statement-conflict',
  }))
  if (written.outcome === 'conflict') {
    const receipt = await reject(on, request, 409, faults)
    const ids = statements.map(({ id }) => id)
    throw new StatementConflict(shownFaults(faults, ids), receipt)
  }
  if (faults.length > 0) await reject(on, request, 409, faults)
  on.health.note(source.id, { accepted: written.accepted, duplicate: written.duplicates })
  return { statements, receipt: written.receipt }
}

async function reject(on: Receiving, request: XapiRequest, status: number, faults: Fault[]): Promise<Id> {
  const count = new Set(faults.map(({ index }) => index)).size
  const { source } = request.caller
  on.health.note(source.id, status === 409 ? { conflict: count } : { refused: count })
  return on.rejects.keep({
    sourceId: source.id,
    receivedAt: on.now(),
    status,
    method: request.method,
    version: request.version,
    via: 'push',
    addressId: request.params.get('statementId')?.toLowerCase() ?? null,
    headers: request.headers,
    body: request.body,
    faults,
  })
}

function requireJson(contentType: string | undefined): void {
  if (!/^application\/json\s*(;|$)/i.test(contentType ?? ''))
    throw new BadRequest('statements are sent as application/json')
}
