import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { bumpMark } from '../../foundation/database/marks.ts'
import { ExpectedError, type Fault } from '../../foundation/errors.ts'
import { type Id, sha256 } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { documentBytes } from '../claims/canonical.ts'
import { chainStart, documentHash, hashVersion } from './chain.ts'
import type { PolicyDocument } from './document.ts'
import { type DocumentLookup, type LayerFault, layer } from './layer.ts'
import { readPolicies } from './read.ts'

/** A document that is well-formed but may not stand where it says it stands. */
export class PolicyNotLayered extends ExpectedError {
  readonly kind = 'conflict'
  readonly code: string
  override readonly errors: Fault[]

  constructor(policyId: string, { code, detail }: LayerFault, faults: LayerFault[]) {
    super(`${policyId}: ${detail}`)
    this.code = codeOf[code]
    this.errors = faults.map(({ path, detail }) => ({ path, detail }))
  }
}

const codeOf = {
  parent_missing: 'policy-parent-missing',
  inherits_itself: 'policy-inherits-itself',
  loosens_parent: 'policy-loosens-parent',
} as const

/** Something to know about a document that was taken. */
export interface PolicyFinding {
  policyId: string
  code: 'parent_missing' | 'weak_source'
  path: string
  detail: string
}

/** What adding a file came to. */
export interface AddedPolicies {
  policies: { policyId: string; version: number }[]
  findings: PolicyFinding[]
}

/**
 * Adds the documents of a policy file. The same document again keeps its version; a changed one gets the next. Parents
 * may come later: that is a finding now, and a refusal only when the document is activated.
 *
 * Throws PolicyRefused for a file that breaks the schema or the rule of nulls, PolicyNotLayered for a document that
 * inherits itself or loosens a parent without `override` and quote. Then nothing is kept.
 */
export async function addPolicy(
  trx: Trx,
  text: string,
  { makerId, now }: { makerId: Id; now: Instant },
): Promise<AddedPolicies> {
  const documents = readPolicies(text)
  // Raised before anything is read: the mark's row is the lock under which two files add one document.
  if (await bringsNews(trx, documents)) await bumpMark(trx, 'policy')
  const lookup = lookupIn([...(await newestDocuments(trx)), ...documents])
  const findings: PolicyFinding[] = []
  for (const document of documents) {
    const { faults } = layer(document, lookup)
    const broken = faults.find(({ code }) => code !== 'parent_missing')
    if (broken) throw new PolicyNotLayered(document.id, broken, faults)
    findings.push(...findingsOf(document, faults))
  }
  const policies = []
  for (const document of documents) policies.push(await keep(trx, document, makerId, now))
  return { policies, findings }
}

async function bringsNews(trx: Trx, documents: PolicyDocument[]): Promise<boolean> {
  for (const document of documents) if ((await versionOf(trx, document)) === null) return true
  return false
}

async function versionOf(trx: Trx, document: PolicyDocument): Promise<number | null> {
  const known = await trx('policy_document')
    .where({ policy_id: document.id, content_hash: sha256(documentBytes(document)) })
    .first('version')
  return known ? safeInteger(known.version) : null
}

function findingsOf({ id, label }: PolicyDocument, faults: LayerFault[]): PolicyFinding[] {
  const missing = faults.map(({ path, detail }) => ({
    policyId: id,
    code: 'parent_missing' as const,
    path,
    detail: `${detail} yet; it is needed before this one can be activated`,
  }))
  if (label !== 'weak') return missing
  const detail = 'known second-hand only: confirm it in the official text before production'
  return [...missing, { policyId: id, code: 'weak_source', path: 'label', detail }]
}

async function keep(trx: Trx, document: PolicyDocument, makerId: Id, now: Instant) {
  const known = await versionOf(trx, document)
  if (known !== null) return { policyId: document.id, version: known }
  const content = documentBytes(document)
  const newest = await trx('policy_document')
    .where({ policy_id: document.id })
    .orderBy('version', 'desc')
    .first('version', 'hash')
  const version = safeInteger(newest?.version ?? 0) + 1
  const row = {
    policy_id: document.id,
    version,
    content,
    content_hash: sha256(content),
    maker_id: idBytes(makerId),
    recorded_at: now,
    hash_version: hashVersion,
    prev_hash: (newest?.hash ?? chainStart) as Buffer,
  }
  await trx('policy_document').insert({ ...row, hash: documentHash(row) })
  return { policyId: document.id, version }
}

/** A document as it is kept. */
export interface KeptPolicy {
  version: number
  document: PolicyDocument
}

/** The newest revision of every document, by id. */
export async function keptPolicies(handle: Handle): Promise<Map<string, KeptPolicy>> {
  const rows: { policy_id: string; version: number; content: Buffer }[] = await handle('policy_document')
    .select('policy_id', 'version', 'content')
    .orderBy(['policy_id', 'version'])
  // Later rows replace earlier ones of the same id: the newest revision stands last.
  return new Map(
    rows.map(({ policy_id, version, content }) => [
      policy_id,
      { version: safeInteger(version), document: JSON.parse(content.toString('utf8')) },
    ]),
  )
}

async function newestDocuments(handle: Handle): Promise<PolicyDocument[]> {
  return [...(await keptPolicies(handle)).values()].map(({ document }) => document)
}

/** Looks documents up by id; of several with one id the last. */
export function lookupIn(documents: PolicyDocument[]): DocumentLookup {
  const byId = new Map(documents.map((document) => [document.id, document]))
  return (id) => byId.get(id) ?? null
}
