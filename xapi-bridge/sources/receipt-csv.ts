import { stringify } from 'csv-stringify/sync'
import type { ReceiptLine } from './receipt-line.ts'

const columns = [
  'index',
  'statement_id',
  'received',
  'status',
  'stored',
  'pointer',
  'code',
  'why',
  'detail',
  'claim_id',
  'claim_status',
  'entry_status',
  'would_claim_offering',
  'would_claim_hours',
  'would_claim_missing',
  'receipt',
  'settled',
  'settled_at',
  'refused_receipt',
  'refused_for',
] as const

/**
 * Lines of a receipt as CSV that spreadsheets open rightly: UTF-8 with BOM, CRLF. A cell that a spreadsheet would take
 * for a formula begins with an apostrophe.
 */
export function receiptCsv(lines: readonly ReceiptLine[]): string {
  const rows = lines.map((line) => {
    const { offering_code, hours, missing } = (line.would_claim ?? {}) as {
      offering_code?: string
      hours?: string
      missing?: { code: string } | null
    }
    const cells: Record<string, unknown> = {
      ...line,
      would_claim_offering: offering_code,
      would_claim_hours: hours,
      would_claim_missing: missing?.code,
      refused_for: line.refused_for?.map(({ pointer, code }) => `${pointer} ${code}`.trim()).join('; '),
    }
    return columns.map((column) => String(cells[column] ?? ''))
  })
  return stringify([[...columns], ...rows], { bom: true, record_delimiter: 'windows', escape_formulas: true })
}
