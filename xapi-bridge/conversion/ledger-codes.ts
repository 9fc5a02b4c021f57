/** Codes that come back from the ledger: the claim is filed, and the work item is the ledger's (xapi.md §5.6). */
export type LedgerCode = 'POSSIBLE_DUPLICATE' | 'LATE_AFTER_CLOSE'

const codes: Record<string, LedgerCode> = {
  possible_duplicate: 'POSSIBLE_DUPLICATE',
  late: 'LATE_AFTER_CLOSE',
}

/** The public code of what the ledger says about a claim or a work item; null for its other words. */
export function codeOf(word: string): LedgerCode | null {
  return codes[word] ?? null
}
