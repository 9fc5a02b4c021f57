/** One thing that happened at the platform: a request it received or a message its pages exchanged. */
export interface JournalEntry {
  no: number
  at: string
  kind: 'request' | 'message'
  method: string
  /** Path with query string. */
  url: string
  headers: Record<string, unknown>
  body: unknown
  /** What it was answered; null for a message, and for a request that was not answered. */
  status: number | null
}

/** What the platform received, oldest first, for tests to read. It holds invented people only. */
export interface Journal {
  /** The entry that was made, to add its body and status when they are known. */
  note(entry: Omit<JournalEntry, 'no' | 'at'>): JournalEntry
  /** Entries after the given number; 0 gives all that are kept. */
  since(no: number): JournalEntry[]
}

const KEPT = 5_000

/** A journal in memory that forgets its oldest entries beyond five thousand. */
export function openJournal(): Journal {
  const entries: JournalEntry[] = []
  let last = 0
  return {
    note(entry) {
      last += 1
      const made = { no: last, at: new Date().toISOString(), ...entry }
      entries.push(made)
      if (entries.length > KEPT) entries.shift()
      return made
    },
    since: (no) => entries.filter((entry) => entry.no > no),
  }
}
