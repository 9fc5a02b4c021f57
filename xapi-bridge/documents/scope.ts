import type { Id } from '../../foundation/ids.ts'
import { sha256 } from '../../foundation/ids.ts'
import { type Actor, identifierOf } from '../language/statement.ts'
import { uuidBytes } from '../language/uuid.ts'
import { referenceKey } from '../statements/reference.ts'

/** The three kinds of documents (xAPI 1.0.3, Communication 2.2). */
export type DocumentKind = 'state' | 'agent-profile' | 'activity-profile'

/** What a document belongs to. Which of the first two are there depends on its kind. */
export interface Subject {
  activityId?: string
  agent?: Actor
  /** Lower-case. A state with registration and one without are two documents. */
  registration?: Id
}

/** Where documents of one subject are: their registration is not part of it, so that all can be listed together. */
export interface Scope {
  store_id: Buffer
  kind: number
  scope_key: Buffer
}

/** Where one document is. */
export interface Address extends Scope {
  document_key: Buffer
}

const codes: Record<DocumentKind, number> = { state: 1, 'agent-profile': 2, 'activity-profile': 3 }

/** Where documents of that subject are in a store. */
export function scopeOf(storeId: Id, kind: DocumentKind, subject: Subject): Scope {
  const agent = subject.agent ? identifierOf(subject.agent) : null
  return {
    store_id: uuidBytes(storeId),
    kind: codes[kind],
    // As JSON, so that no choice of names can make two subjects one.
    scope_key: sha256(JSON.stringify([subject.activityId ?? null, agent])),
  }
}

/** Where the document of that id is. */
export function addressOf(scope: Scope, registration: Id | undefined, documentId: string): Address {
  return { ...scope, document_key: sha256(JSON.stringify([registration ?? null, documentId])) }
}

/** The key under which documents of an agent are found, the same as that of its statements; null without an agent. */
export function agentKeyOf(storeId: Id, agent: Actor | undefined): Buffer | null {
  const identifier = agent ? identifierOf(agent) : null
  return identifier === null ? null : Buffer.from(referenceKey(storeId, 'agent', 'narrow', identifier), 'hex')
}
