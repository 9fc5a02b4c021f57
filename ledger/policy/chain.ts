import { safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { sha256 } from '../../foundation/ids.ts'
import { canonical } from '../claims/canonical.ts'

// The journals of policies are outside the accounts and chain by their own key: revisions of a document one after the
// other, versions row to row, acts on a version act to act (ledger.md §4.6).

/** The form of the hashes below; stored with each row, since old rows keep their form for ever. */
export const hashVersion = 1

/** What the first row of a chain names as the one before it. */
export const chainStart = sha256('policy/1')

interface Linked {
  hash_version: number
  prev_hash: Buffer
  recorded_at: number
}

/** A row of `policy_document` without its hash. */
export interface DocumentRow extends Linked {
  policy_id: string
  version: number
  content_hash: Buffer
  maker_id: Buffer
}

/** The hash of a revision of a document. */
export function documentHash(row: DocumentRow): Buffer {
  const { hash_version, prev_hash, policy_id, version, content_hash, maker_id, recorded_at } = row
  return sha256(canonical([hash_version, prev_hash, policy_id, version, content_hash, maker_id, recorded_at]))
}

/** A row of `policy_version` without its hash. */
export interface VersionRow extends Linked {
  version_no: number
  content_hash: Buffer
  engine: number
}

/** The hash of a policy version. */
export function versionHash(row: VersionRow): Buffer {
  const { hash_version, prev_hash, version_no, content_hash, engine, recorded_at } = row
  return sha256(canonical([hash_version, prev_hash, version_no, content_hash, engine, recorded_at]))
}

/** A row of `policy_act` without its hash. */
export interface ActRow extends Linked {
  version_no: number
  act_no: number
  kind: number
  maker_id: Buffer
  checker_id: Buffer | null
  reason: string | null
}

/** The hash of an act on a policy version. */
export function actHash(row: ActRow): Buffer {
  const { hash_version, prev_hash, version_no, act_no, kind, maker_id, checker_id, reason, recorded_at } = row
  return sha256(
    canonical([hash_version, prev_hash, version_no, act_no, kind, maker_id, checker_id, reason, recorded_at]),
  )
}

/** A row of a policy journal that does not agree with its hash, its content or the row before it. */
export interface PolicyChainFinding {
  table: 'policy_document' | 'policy_version' | 'policy_act'
  /** The key of the row. */
  row: string
  what: 'content' | 'hash' | 'link'
}

/** Computes every chain of the policy journals again; an empty list says that nothing was altered or taken out. */
export async function policyChainFindings(handle: Handle): Promise<PolicyChainFinding[]> {
  const documents = await handle('policy_document').orderBy(['policy_id', 'version'])
  const versions = await handle('policy_version').orderBy('version_no')
  const acts = await handle('policy_act').orderBy(['version_no', 'act_no'])
  return [
    ...broken('policy_document', documents, {
      chainOf: (row) => String(row.policy_id),
      noOf: (row) => row.version,
      hashOf: (row) => documentHash(row as unknown as DocumentRow),
    }),
    ...broken('policy_version', versions, {
      chainOf: () => '',
      noOf: (row) => row.version_no,
      hashOf: (row) => versionHash(row as unknown as VersionRow),
    }),
    ...broken('policy_act', acts, {
      chainOf: (row) => String(row.version_no),
      noOf: (row) => row.act_no,
      hashOf: (row) => actHash(row as unknown as ActRow),
    }),
  ]
}

type Stored = Record<string, unknown>

interface Reading {
  chainOf(row: Stored): string
  noOf(row: Stored): unknown
  hashOf(row: Stored): Buffer
}

function broken(table: PolicyChainFinding['table'], rows: Stored[], reading: Reading): PolicyChainFinding[] {
  const findings: PolicyChainFinding[] = []
  const heads = new Map<string, { no: number; hash: Buffer }>()
  for (const row of rows.map(withNumbers)) {
    const chain = reading.chainOf(row)
    const before = heads.get(chain) ?? { no: 0, hash: chainStart }
    const no = safeInteger(reading.noOf(row))
    const find = (what: PolicyChainFinding['what']) =>
      findings.push({ table, row: [chain, no].filter((part) => part !== '').join(' '), what })
    if (no !== before.no + 1 || !before.hash.equals(row.prev_hash as Buffer)) find('link')
    if (!reading.hashOf(row).equals(row.hash as Buffer)) find('hash')
    const content = row.content as Buffer | undefined
    if (content && !sha256(content).equals(row.content_hash as Buffer)) find('content')
    heads.set(chain, { no, hash: row.hash as Buffer })
  }
  return findings
}

const numeric = ['hash_version', 'recorded_at', 'version', 'version_no', 'engine', 'act_no', 'kind']

/** Whole numbers of the servers come as text where they are large; hashing takes numbers. */
function withNumbers(row: Stored): Stored {
  const numbers = numeric.filter((name) => name in row).map((name) => [name, safeInteger(row[name])])
  return { ...row, ...Object.fromEntries(numbers) }
}
