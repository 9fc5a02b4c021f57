import { createHash, randomUUID } from 'node:crypto'
import { connectTo } from './ledger-raw.ts'

/** A backlog of claims that wait to be posted. */
export interface Backlog {
  accounts: number
  claimsPerAccount: number
}

/** What the claims of the benchmark speak of: an offering by its id. */
export interface Subject {
  offeringId: string
}

const source = {
  id: '6f1f1c1e-0000-4000-8000-00000000b001',
  name: '示例区 Moodle',
  preset: 'moodle-logstore',
}
const shards = 64
const stateReady = 1
const kindClaim = 1
const receivedAt = 1_772_700_000_000_000

/**
 * Puts a backlog into the inbox, row for row as handing it in does, in the order of arrival: the accounts mixed. Answers
 * the ids of the rows, account by account.
 */
export async function fillInbox(url: string, backlog: Backlog, subjects: Subject[]): Promise<string[]> {
  const connection = await connectTo(url)
  const accounts = Array.from({ length: backlog.accounts }, () => randomUUID())
  const rows: unknown[][] = []
  const ids: string[] = []
  for (let n = 0; n < backlog.claimsPerAccount; n++) {
    for (const account of accounts) {
      const row = rowOf(account, n, subjects[n % subjects.length] as Subject)
      rows.push(row)
      ids.push((row[0] as Buffer).toString('hex'))
    }
  }
  for (let from = 0; from < rows.length; from += 500) {
    await connection.query(
      'INSERT INTO inbox (inbox_id, source_id, input_key, input_hash, kind, content, claim_id, account_id, shard, state, attempts, next_at, received_at) VALUES ?',
      [rows.slice(from, from + 500)],
    )
  }
  await connection.end()
  return ids.map((hex) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'))
}

let arrival = 0

function rowOf(account: string, n: number, { offeringId }: Subject): unknown[] {
  const key = `bench:${randomUUID()}`
  const day = `2026-${String((n % 9) + 3).padStart(2, '0')}-${String((n % 27) + 1).padStart(2, '0')}`
  const endedAt = Date.parse(`${day}T08:00:00Z`) * 1000 + n
  const content = {
    attempt: key,
    beganAt: endedAt - 7_200_000_000,
    completion: true,
    durationSeconds: 7_200,
    endedAt,
    endedOn: day,
    evidence: ['完成', '测评', '签到'],
    flags: [],
    kind: 'completion',
    offeringId,
    passed: true,
    rawRef: `statement:${randomUUID()}`,
    receivedAt: endedAt + 60_000_000,
    role: 'participant',
    scorePercent: '88',
    sessionId: null,
    source,
    sourceAmount: '6',
    sourceUnit: 'hour',
    trainingClassId: null,
  }
  return [
    orderedId(),
    bytes(source.id),
    Buffer.from(key),
    createHash('sha256').update(key).digest(),
    kindClaim,
    Buffer.from(JSON.stringify(content)),
    bytes(randomUUID()),
    bytes(account),
    Number.parseInt(account.slice(-2), 16) % shards,
    stateReady,
    0,
    receivedAt,
    receivedAt,
  ]
}

/** Ids in the order of arrival, as the product makes its own. */
function orderedId(): Buffer {
  const id = bytes(randomUUID())
  id.writeUIntBE(Date.now(), 0, 6)
  id.writeUInt16BE(0x7000 | (arrival++ & 0xfff), 6)
  return id
}

function bytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex')
}
