import { CsvError, parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'

/** A file as it came. */
export interface GivenFile {
  name: string
  bytes: Uint8Array
}

/** A row of a file; `line` counts from 1 and from the top of the file, as a spreadsheet shows it. */
export interface CsvRow {
  line: number
  cells: string[]
}

/** A file as rows, or why it cannot be read. */
export type CsvReading = { outcome: 'read'; rows: CsvRow[] } | { outcome: 'refused'; reason: string }

/** Text of a file and how it was encoded, or why it cannot be read. */
type TextReading =
  | { outcome: 'read'; text: string; encoding: 'utf-8' | 'gb18030' | 'utf-16le' }
  | { outcome: 'refused'; reason: string }

/**
 * Decodes text files as district offices make them: UTF-8 with or without BOM, GB18030 (so also GBK), and what Excel
 * calls Unicode text. Nothing is replaced: bytes that no encoding explains refuse the file.
 */
function decodeText(bytes: Uint8Array): TextReading {
  if (startsWith(bytes, [0x50, 0x4b, 0x03, 0x04])) {
    return { outcome: 'refused', reason: '这是 XLSX 文件，请在电子表格中另存为 CSV（UTF-8）' }
  }
  if (startsWith(bytes, [0xd0, 0xcf, 0x11, 0xe0])) {
    return { outcome: 'refused', reason: '这是 XLS 文件，请在电子表格中另存为 CSV（UTF-8）' }
  }
  if (startsWith(bytes, [0xff, 0xfe])) return decodedAs(bytes, 'utf-16le') ?? unreadable
  return decodedAs(bytes, 'utf-8') ?? decodedAs(bytes, 'gb18030') ?? unreadable
}

const unreadable: TextReading = { outcome: 'refused', reason: '文件编码不是 UTF-8 或 GB18030' }

function startsWith(bytes: Uint8Array, head: number[]): boolean {
  return head.every((byte, at) => bytes[at] === byte)
}

function decodedAs(bytes: Uint8Array, encoding: 'utf-8' | 'gb18030' | 'utf-16le'): TextReading | null {
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
    return text.includes('\0') ? null : { outcome: 'read', text, encoding }
  } catch {
    return null
  }
}

/** Reads rows separated by commas, or by tabs or semicolons where the first line has no comma. Empty rows are left out. */
export function readCsv(bytes: Uint8Array): CsvReading {
  const decoded = decodeText(bytes)
  if (decoded.outcome === 'refused') return decoded
  try {
    const records = parse(decoded.text, {
      delimiter: delimiterOf(decoded.text),
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: false,
    }) as string[][]
    const rows = records.map((cells, at) => ({ line: at + 1, cells: cells.map(plainCell) }))
    return { outcome: 'read', rows: rows.filter(({ cells }) => cells.some((cell) => cell !== '')) }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const line = typeof error.lines === 'number' ? `第 ${error.lines} 行` : '文件末尾'
    return { outcome: 'refused', reason: `CSV 格式有误（${line}）：引号没有成对` }
  }
}

function delimiterOf(text: string): string {
  const first = text.slice(0, text.search(/[\r\n]|$/))
  if (first.includes(',')) return ','
  return first.includes('\t') ? '\t' : first.includes(';') ? ';' : ','
}

/** A cell without outer blanks, and without `="…"`, by which exports keep a spreadsheet from reading a number. */
function plainCell(cell: string): string {
  const text = cell.replace(/^[\s\u3000\uFEFF]+|[\s\u3000\uFEFF]+$/g, '')
  return /^="[^"]*"$/.test(text) ? text.slice(2, -1) : text
}

/** Rows as CSV that spreadsheets open rightly: UTF-8 with BOM, CRLF. */
export function writeCsv(rows: string[][]): Buffer {
  return Buffer.from(stringify(rows, { bom: true, record_delimiter: 'windows' }))
}
