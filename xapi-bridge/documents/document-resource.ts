import type { Database } from '../../foundation/database/connect.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Clock } from '../../foundation/time.ts'
import { BadRequest, NotPermitted } from '../errors.ts'
import { emptyAnswer, type Resource, type XapiAnswer, type XapiRequest } from '../protocol/exchange.ts'
import { type Scope as Permission, permits } from '../sources/scopes.ts'
import { isServable, jsonShownTo, shownTo } from './answer.ts'
import { changeDocument, type Wish } from './change.ts'
import { largestDocument, NoSuchDocument } from './errors.ts'
import { guardRequest } from './guard.ts'
import { isReading, type Target, targetOf } from './parameters.ts'
import { isConditional, preconditionsOf } from './precondition.ts'
import { addressOf, agentKeyOf, type DocumentKind, type Scope, scopeOf } from './scope.ts'
import { deleteDocuments, documentAt, listDocuments } from './store.ts'

/** What documents need. */
export interface Keeping {
  db: Database
  now: Clock
}

const permissions: Record<DocumentKind, Permission> = {
  state: 'state',
  'agent-profile': 'profile',
  'activity-profile': 'profile',
}

/** A resource of documents: `/activities/state`, `/agents/profile` or `/activities/profile` (Communication 2.2). */
export function documentResource(on: Keeping, path: string, kind: DocumentKind): Resource {
  const change = (method: Wish['method']) => (request: XapiRequest) => changed(on, kind, method, request)
  return {
    path,
    // Room for what a form of the alternate request syntax writes around a document.
    bodyLimit: 2 * largestDocument,
    methods: {
      GET: (request) => read(on, kind, request),
      PUT: change('PUT'),
      POST: change('POST'),
      DELETE: change('DELETE'),
    },
  }
}

async function read({ db }: Keeping, kind: DocumentKind, request: XapiRequest): Promise<XapiAnswer> {
  const { scope, target } = admitted(kind, request)
  const { subject, documentId, since } = target
  const { registration } = subject
  if (documentId === undefined) {
    const { ids, updated } = await listDocuments(db, scope, { registration, since })
    return jsonShownTo(request, ids, updated)
  }
  const document = await documentAt(db, addressOf(scope, registration, documentId))
  if (!document) throw new NoSuchDocument()
  return shownTo(request, { ...document, body: document.contents })
}

async function changed(
  on: Keeping,
  kind: DocumentKind,
  method: Wish['method'],
  request: XapiRequest,
): Promise<XapiAnswer> {
  const { scope, target } = admitted(kind, request)
  const { subject, documentId } = target
  const preconditions = preconditionsOf(request.headers)
  if (documentId === undefined) {
    if (isConditional(preconditions)) throw new BadRequest('If-Match and If-None-Match need a stateId')
    await transact(on.db, (trx) => deleteDocuments(trx, scope, subject.registration), { idempotent: true })
    return emptyAnswer()
  }
  const naming = { documentId, subject, agentKey: agentKeyOf(request.caller.source.storeId, subject.agent) }
  await changeDocument(on, addressOf(scope, subject.registration, documentId), naming, {
    method,
    preconditions,
    unconditionalPut: unconditionalPutOf(kind, request),
    contents: method === 'DELETE' ? Buffer.alloc(0) : request.body,
    contentType: method === 'DELETE' ? '' : contentTypeOf(request),
  })
  return emptyAnswer()
}

/** Throws unless the sender may do this, names something that exists in this form, and sends no identity number. */
function admitted(kind: DocumentKind, request: XapiRequest): { scope: Scope; target: Target } {
  const { source, scopes } = request.caller
  const mayRead = isReading(request.method) && scopes.has('all/read')
  if (!mayRead && !permits(scopes, permissions[kind])) throw new NotPermitted()
  const target = targetOf(kind, request)
  guardRequest(request)
  return { target, scope: scopeOf(source.storeId, kind, target.subject) }
}

/** xAPI 1.0.3, Communication 3.1: states may be written without looking, profiles never. 2.0.0 treats both alike. */
function unconditionalPutOf(kind: DocumentKind, { version }: XapiRequest): Wish['unconditionalPut'] {
  if (version === '2.0.0') return 'creates'
  return kind === 'state' ? 'replaces' : 'refused'
}

function contentTypeOf({ headers }: XapiRequest): string {
  const contentType = headers['content-type'] ?? 'application/octet-stream'
  if (!isServable(contentType)) throw new BadRequest('Content-Type is no media type')
  return contentType
}
