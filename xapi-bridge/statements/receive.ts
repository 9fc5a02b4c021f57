import type { Config } from '../../foundation/config.ts'
import type { Database } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Clock } from '../../foundation/time.ts'
import type { Rejects } from '../dead-letter/keep.ts'
import {
  BadRequest,
  InvalidStatements,
  NotPermitted,
  OutsideNamespace,
  StatementConflict,
  shownFaults,
  TooLarge,
} from '../errors.ts'
import { chainIn, hopHeader } from '../forwarding/hop.ts'
import type { Fault } from '../language/faults.ts'
import { isUuid } from '../language/terms.ts'
import { voidedVerb } from '../language/validate.ts'
import { emptyAnswer, jsonAnswer, type XapiAnswer, type XapiRequest } from '../protocol/exchange.ts'
import type { Health } from '../sources/health.ts'
import { faultsOutside } from '../sources/namespaces.ts'
import type { Rates } from '../sources/rates.ts'
import { permits } from '../sources/scopes.ts'
import { keepBytes } from './attachments.ts'
import { type Envelope, envelopeOf } from './envelope.ts'
import { flag } from './flags.ts'
import { type Prepared, prepare, type Reading } from './prepare.ts'
import { statementSeal } from './sealed.ts'
import { checkSignatures } from './signature.ts'
import type { Writer } from './writer.ts'

/** How large the statements of one request may be, in bytes. */
export const largestJson = 6 * 1024 * 1024

/** What receiving statements needs. */
export interface Receiving {
  db: Database
  config: Pick<Config, 'identityKey' | 'xapiAttachmentBytes'>
  writer: Writer
  rejects: Rejects
  health: Health
  rates: Rates
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
  const { caller, version } = request
  const { source, scopes } = caller
  if (!permits(scopes, 'statements/write')) throw new NotPermitted()

  const { statements, parts, faults: wrong } = await read(on, request, statementId)
  if (wrong.length > 0) {
    // What is kept may be mended and replayed, which must not do what the credential could not.
    if (!permits(scopes, 'statements/void') && mentionsVoid(request.body)) throw new NotPermitted()
    const receipt = await reject(on, request, 400, wrong)
    throw new InvalidStatements(shownFaults(wrong), receipt)
  }
  if (statements.length === 0) {
    on.health.note(source.id, { requests: 1 })
    return { statements, receipt: null }
  }
  on.rates.charge(source, statements.length)
  if (statements.some(({ flags }) => flags & flag.voiding) && !permits(scopes, 'statements/void'))
    throw new NotPermitted()
  const foreign = faultsOutside(source, statements)
  if (foreign.length > 0) {
    const receipt = await reject(on, request, 403, foreign)
    const ids = statements.map(({ id }) => id)
    throw new OutsideNamespace(shownFaults(foreign, ids), receipt)
  }
  // Before the flush: what everybody waits for shall not wait for bytes.
  if (parts.size > 0) await keepBytes(on.db, source.storeId, parts)
  // From anybody else it would be a way to keep a statement from being sent on.
  const hops = source.hops === 'honour' ? chainIn(request.headers[hopHeader]) : null

  const writing = {
    sourceId: source.id,
    storeId: source.storeId,
    credentialId: caller.credentialId,
    version,
    statements,
    quiet: source.onConflict === 'quiet',
    ...(hops !== null && { hops }),
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
  const requests = faults.length > 0 ? 0 : 1 // counted when its conflicts were kept
  on.health.note(source.id, { requests, accepted: written.accepted, duplicate: written.duplicates })
  return { statements, receipt: written.receipt }
}

/** Whether a body that could not be read as a whole names the voiding verb, also where JSON escapes it. */
function mentionsVoid(body: Buffer): boolean {
  const text = body
    .toString('latin1')
    .replaceAll('\\/', '/')
    .replace(/\\u00([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return text.includes(voidedVerb)
}

/** The statements of a request and the bytes that came with them, or everything that is wrong with them. */
async function read(
  on: Receiving,
  { caller, version, headers, body }: XapiRequest,
  statementId: string | undefined,
): Promise<{ statements: Prepared[]; parts: Envelope['parts']; faults: Fault[] }> {
  const { storeId, guard, profile } = caller.source
  const { json, parts, faults } = envelopeOf(headers['content-type'], body)
  if (faults.length > 0) return { statements: [], parts, faults }
  if (json.length > largestJson) throw new TooLarge()

  const reading: Reading = { storeId, version, guard, defines: permits(caller.scopes, 'define') }
  if (guard === 'seal') reading.seal = statementSeal(on.config, storeId)
  if (parts.size > 0) reading.parts = parts
  if (profile === 'conformance') reading.anyLength = true
  if (statementId !== undefined) Object.assign(reading, { single: true, statementId })
  const prepared = prepare(json, reading)
  if (!prepared.statements) return { statements: [], parts, faults: prepared.faults }
  const { statements } = prepared
  const wrong = [
    ...excess(parts, statements),
    ...(await signatureFaults(statements, { version, guard, parts })),
  ]
  return { statements, parts, faults: wrong }
}

/** Bytes that no statement asks for. */
function excess(parts: Envelope['parts'], statements: Prepared[]): Fault[] {
  if (parts.size === 0) return []
  const declared = new Set(statements.flatMap(({ attachments }) => attachments.map(({ sha2 }) => sha2)))
  const isExcess = [...parts.keys()].some((sha2) => !declared.has(sha2))
  return isExcess ? [{ index: 0, pointer: '', code: 'attachment-excess' }] : []
}

async function signatureFaults(
  statements: Prepared[],
  signing: Parameters<typeof checkSignatures>[2],
): Promise<Fault[]> {
  const faults: Fault[] = []
  for (const [index, statement] of statements.entries()) {
    if (!statement.claimsSignature) continue
    const found = await checkSignatures(statement, index, signing)
    faults.push(...found.faults)
    if (found.verified) statement.flags |= flag.signed
  }
  return faults
}

async function reject(on: Receiving, request: XapiRequest, status: number, faults: Fault[]): Promise<Id> {
  const count = new Set(faults.map(({ index }) => index)).size
  const { source } = request.caller
  on.health.note(source.id, { requests: 1, ...(status === 409 ? { conflict: count } : { refused: count }) })
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
