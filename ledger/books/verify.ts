import { idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import type { Row } from '../../foundation/database/dialect.ts'
import { inSnapshot } from '../../foundation/database/snapshot.ts'
import type { Id } from '../../foundation/ids.ts'
import { verifyAudit } from '../audit/read.ts'
import { factKinds, inboxStates } from '../claims/claim.ts'
import { groupBy } from '../claims/group.ts'
import { policyChainFindings } from '../policy/chain.ts'
import { teacherFactsOf } from '../roster/facts.ts'
import { accountRowOf, readStates } from './account-state.ts'
import { type AnchorDocument, lastAnchor } from './anchor.ts'
import { AnchorRoots } from './anchor-roots.ts'
import { type CodeList, readWords } from './code-list.ts'
import { evaluationFactsFor } from './evaluation-facts.ts'
import type { AccountFinding } from './finding.ts'
import type { PostingGround } from './post.ts'
import { type AccountRows, findingsInEvaluation, findingsInRows } from './verify-account.ts'

/** Something that is not as it must be. `account` is null for what belongs to no account. */
export interface Finding {
  account: Id | null
  teacherNo: string | null
  seq: number | null
  what: string
}

/** What a verification saw. */
export interface Verification {
  ok: boolean
  accounts: number
  postings: number
  findings: Finding[]
}

/** More findings than this say nothing new; the counts go on. */
const mostFindings = 1_000

/** A chunk of accounts aims at so many rows, so that memory stays flat however long an account's history is. */
const chunkRows = 20_000

/**
 * Checks the whole book against itself, account by account, each chunk as of one moment, while posting goes on
 * (V1–V9, V11, V12 of ledger.md §10.4). With an anchor file it also says which accounts differ from it.
 *
 * Finds and names; repairs nothing.
 */
export async function verify(
  ground: PostingGround,
  options: { anchor?: AnchorDocument; signal?: AbortSignal } = {},
): Promise<Verification> {
  const seen = { accounts: 0, postings: 0 }
  const findings: Finding[] = []
  const leaves = new Map(options.anchor?.leaves.map((leaf) => [leaf.account, leaf]))
  let size = 50
  for (let after: Buffer | null = null; !options.signal?.aborted; ) {
    const chunk: ChunkReport | null = await inSnapshot(ground.db, (trx) =>
      verifyChunk(trx, ground, after, size, leaves),
    )
    if (!chunk) break
    after = chunk.last
    seen.accounts += chunk.accounts
    seen.postings += chunk.postings
    findings.push(...chunk.findings.slice(0, mostFindings - findings.length))
    size = Math.min(500, Math.max(1, Math.floor((size * chunkRows) / Math.max(1, chunk.rows))))
  }
  for (const account of leaves.keys())
    findings.push(bookFinding('V11 an anchored account is missing', account))
  findings.push(...(await bookFindings(ground, seen.accounts)))
  findings.push(...(await inboxFindings(ground)))
  findings.push(...(await otherJournalFindings(ground)))
  return { ok: findings.length === 0, ...seen, findings: findings.slice(0, mostFindings) }
}

interface ChunkReport {
  last: Buffer
  accounts: number
  postings: number
  rows: number
  findings: Finding[]
}

async function verifyChunk(
  trx: Trx,
  ground: PostingGround,
  after: Buffer | null,
  size: number,
  leaves: Map<Id, AnchorDocument['leaves'][number]>,
): Promise<ChunkReport | null> {
  const query = trx('account').orderBy('account_id').limit(size)
  if (after) query.where('account_id', '>', after)
  const accounts: Row[] = await query
  if (accounts.length === 0) return null
  const words = await readWords(trx)
  const chunk = await readRows(trx, accounts)
  const found = new Map<Id, AccountFinding[]>()
  for (const rows of chunk) {
    const account = idText(rows.account.account_id as Buffer)
    const own = checkRows(rows, words)
    const leaf = leaves.get(account)
    if (leaf) own.push(...anchoredFindings(rows, leaf))
    leaves.delete(account)
    if (own.length > 0) found.set(account, own)
  }
  // What is broken in itself cannot be evaluated again; the first finding says enough.
  const sound = chunk.filter(({ account }) => !found.has(idText(account.account_id as Buffer)))
  for (const [account, own] of await evaluateAgain(trx, ground, sound, words)) found.set(account, own)
  return {
    last: (accounts.at(-1) as Row).account_id as Buffer,
    accounts: accounts.length,
    postings: chunk.reduce((sum, { postings }) => sum + postings.length, 0),
    rows: chunk.reduce(
      (sum, { postings, entries, claims }) => sum + postings.length + entries.length + claims.length,
      0,
    ),
    findings: await named(trx, found),
  }
}

/** A row that code cannot even read, such as an unknown number for a word, is a finding and not the end of the run. */
function checkRows(rows: AccountRows, words: CodeList): AccountFinding[] {
  try {
    return findingsInRows(rows, words)
  } catch (error) {
    return [{ seq: null, what: `V2 a row cannot be read: ${(error as Error).message}` }]
  }
}

async function readRows(trx: Trx, accounts: readonly Row[]): Promise<AccountRows[]> {
  const ids = accounts.map(({ account_id }) => account_id as Buffer)
  const read = async (table: string, order: string[]) => {
    const rows: Row[] = await trx(table)
      .whereIn('account_id', ids)
      .orderBy(['account_id', ...order])
    return groupBy(rows, ({ account_id }) => (account_id as Buffer).toString('hex'))
  }
  const postings = await read('posting', ['seq'])
  const entries = await read('entry', ['seq', 'leg'])
  const claims = await read('claim', ['claim_id'])
  const acts = await read('claim_act', ['claim_id', 'act_no'])
  const balances = await read('balance', ['period_no'])
  const leaves = await read('anchor_leaf', ['anchor_no'])
  return accounts.map((account) => {
    const key = (account.account_id as Buffer).toString('hex')
    return {
      account,
      postings: postings.get(key) ?? [],
      entries: entries.get(key) ?? [],
      claims: claims.get(key) ?? [],
      acts: acts.get(key) ?? [],
      balances: balances.get(key) ?? [],
      leaves: leaves.get(key) ?? [],
    }
  })
}

function anchoredFindings(
  { account, postings }: AccountRows,
  leaf: AnchorDocument['leaves'][number],
): AccountFinding[] {
  if (safeInteger(account.version) < leaf.version) {
    return [{ seq: safeInteger(account.version) + 1, what: 'V11 postings that the anchor knows are gone' }]
  }
  const posting = postings.find(({ seq }) => safeInteger(seq) === leaf.version)
  const hash = posting?.hash as Buffer | undefined
  return hash?.toString('hex') === leaf.head_hash
    ? []
    : [{ seq: leaf.version, what: 'V11 posting differs from the anchor file' }]
}

async function evaluateAgain(
  trx: Trx,
  ground: PostingGround,
  chunk: readonly AccountRows[],
  words: CodeList,
): Promise<Map<Id, AccountFinding[]>> {
  const found = new Map<Id, AccountFinding[]>()
  const busy = await awaitingEvaluation(trx, chunk)
  const rows = chunk
    .map(({ account }) => accountRowOf(account))
    .filter(({ accountId }) => !busy.has(accountId))
  const states = [...(await readStates(trx, rows, words)).values()]
  const facts = await evaluationFactsFor(trx, ground.cache, states)
  for (const state of states) {
    const own = findingsInEvaluation(state, facts)
    if (own.length > 0) found.set(state.accountId, own)
  }
  return found
}

/** Accounts whose facts have changed and that are about to be evaluated: until then the book is rightly behind. */
async function awaitingEvaluation(trx: Trx, chunk: readonly AccountRows[]): Promise<Set<Id>> {
  const rows = await trx('inbox')
    .select('account_id')
    .where('state', inboxStates.code('ready'))
    .where('kind', factKinds.code('evaluate'))
    .whereIn(
      'account_id',
      chunk.map(({ account }) => account.account_id as Buffer),
    )
  return new Set(rows.map(({ account_id }) => idText(account_id)))
}

async function named(trx: Trx, found: ReadonlyMap<Id, AccountFinding[]>): Promise<Finding[]> {
  if (found.size === 0) return []
  const teachers = await teacherFactsOf(trx, [...found.keys()])
  return [...found].flatMap(([account, own]) =>
    own.map((finding) => ({ account, teacherNo: teachers.get(account)?.teacherNo ?? null, ...finding })),
  )
}

function bookFinding(what: string, account: Id | null = null): Finding {
  return { account, teacherNo: null, seq: null, what }
}

/** V2 for the journals outside the accounts: policies and the audit chain by their own keys. */
async function otherJournalFindings({ db }: PostingGround): Promise<Finding[]> {
  const policies = await policyChainFindings(db)
  const audit = await verifyAudit(db)
  return [
    ...policies.map(({ table, row, what }) => bookFinding(`V2 ${table} ${row}: its ${what} was changed`)),
    ...audit.findings.map(({ chainNo, eventNo, what }) =>
      bookFinding(`V2 audit_event ${chainNo}/${eventNo}: ${what}`),
    ),
  ]
}

/** V11: the book counts its accounts; anchors chain; rows of no account would be seen by nobody. */
async function bookFindings({ db }: PostingGround, accounts: number): Promise<Finding[]> {
  return inSnapshot(db, async (trx) => {
    const findings: Finding[] = []
    const counted = await trx('account').count({ n: '*' }).first()
    const book = await trx('book').first()
    if (safeInteger(book?.accounts) !== safeInteger(counted?.n)) {
      findings.push(
        bookFinding(
          `V11 the book says ${book?.accounts} accounts, there are ${counted?.n}; seen ${accounts}`,
        ),
      )
    }
    for (const table of ['posting', 'entry', 'claim', 'claim_act', 'anchor_leaf']) {
      const stray = await trx(`${table} as j`)
        .leftJoin('account as a', 'a.account_id', 'j.account_id')
        .whereNull('a.account_id')
        .first('j.account_id')
      if (stray) findings.push(bookFinding(`V1 ${table} has rows of no account`, idText(stray.account_id)))
    }
    findings.push(...(await anchorFindings(trx)))
    return findings
  })
}

async function anchorFindings(trx: Trx): Promise<Finding[]> {
  const findings: Finding[] = []
  const last = await lastAnchor(trx)
  const rows: Row[] = await trx('anchor').orderBy('anchor_no')
  let before: Row | undefined
  for (const row of rows) {
    const no = safeInteger(row.anchor_no)
    const prev = before ? (before.root as Buffer) : Buffer.alloc(32)
    if (no !== (before ? safeInteger(before.anchor_no) + 1 : 1) || !prev.equals(row.prev_root as Buffer)) {
      findings.push(bookFinding(`V11 anchor ${no} does not follow the one before`))
    }
    before = row
  }
  if (last) findings.push(...(await rootFindings(trx, rows)))
  return findings
}

/** Each anchor's root as its leaves give it, in one pass over the leaves. */
async function rootFindings(trx: Trx, anchors: readonly Row[]): Promise<Finding[]> {
  const roots = new AnchorRoots(anchors)
  for (let after: [Buffer, number] | null = null; ; ) {
    const query = trx('anchor_leaf').orderBy(['account_id', 'anchor_no']).limit(2_000)
    if (after) {
      const [account, no] = after
      query.where((next) =>
        next
          .where('account_id', '>', account)
          .orWhere((same) => same.where('account_id', account).andWhere('anchor_no', '>', no)),
      )
    }
    const rows: Row[] = await query
    if (rows.length === 0) break
    for (const row of rows) roots.add(row)
    const last = rows.at(-1) as Row
    after = [last.account_id as Buffer, safeInteger(last.anchor_no)]
  }
  return roots.wrong().map((no) => bookFinding(`V11 root of anchor ${no} differs from its leaves`))
}

/** V12: what the inbox calls posted is in the book. Streams the inbox by key. */
async function inboxFindings({ db }: PostingGround): Promise<Finding[]> {
  const findings: Finding[] = []
  for (let after = Buffer.alloc(16); findings.length < mostFindings; ) {
    const rows = await db('inbox')
      .select('inbox_id', 'kind', 'claim_id', 'account_id')
      .where('inbox_id', '>', after)
      .where('state', inboxStates.code('posted'))
      .orderBy('inbox_id')
      .limit(500)
    if (rows.length === 0) break
    after = rows.at(-1).inbox_id
    const claims = rows.filter(({ kind }) => kind === factKinds.code('claim'))
    const acts = rows.filter(({ kind }) => kind === factKinds.code('act'))
    findings.push(...(await missingClaims({ db }, claims)), ...(await missingActs({ db }, acts)))
  }
  return findings
}

async function missingClaims({ db }: Pick<PostingGround, 'db'>, rows: Row[]): Promise<Finding[]> {
  const found = await db('claim')
    .select('claim_id')
    .whereIn(
      'claim_id',
      rows.map((row) => row.claim_id as Buffer),
    )
  const there = new Set(found.map(({ claim_id }) => claim_id.toString('hex')))
  return rows
    .filter((row) => !there.has((row.claim_id as Buffer).toString('hex')))
    .map((row) =>
      bookFinding(
        `V12 claim ${idText(row.claim_id as Buffer)} was posted and is not in the book`,
        idText(row.account_id as Buffer),
      ),
    )
}

async function missingActs({ db }: Pick<PostingGround, 'db'>, rows: Row[]): Promise<Finding[]> {
  const ids = rows.map((row) => row.inbox_id as Buffer)
  const acts = await db('claim_act').select('act_id as id').whereIn('act_id', ids)
  const waiting = await db('claim_key')
    .select('void_act_id as id')
    .whereIn(
      'claim_id',
      rows.map((row) => row.claim_id as Buffer),
    )
    .whereNotNull('void_act_id')
  const there = new Set([...acts, ...waiting].map(({ id }) => id.toString('hex')))
  return rows
    .filter((row) => !there.has((row.inbox_id as Buffer).toString('hex')))
    .map((row) => bookFinding(`V12 act ${idText(row.inbox_id as Buffer)} was posted and is not in the book`))
}
