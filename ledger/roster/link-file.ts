import type { Trx } from '../../foundation/database/connect.ts'
import { transact } from '../../foundation/database/transact.ts'
import { InvalidInput, NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { recordAudit } from '../audit/record.ts'
import { type CsvRow, readCsv, writeCsv } from './csv-file.ts'
import { identifierKey, type LinkOutcome, link, type PersonIdentifier } from './identity.ts'
import { isIdentityNumber } from './identity-number.ts'
import { teacherIdsByNo } from './people.ts'

/** What a file of links did. */
export interface LinkFileResult {
  /** Links that hold from now on. */
  links: number
  /** Rows whose link held already. */
  unchanged: number
  failed: number
  failures: { line: number; column: string; reason: string }[]
  /** The failed rows with 行号, 列, 原因; null when there are none. */
  failedFile: Buffer | null
  /** Keys of the identifiers that were linked, so that what waits for them can be looked at again. */
  linkedKeys: Buffer[]
}

type Header = 'teacher_no' | 'home_page' | 'name' | 'mbox'
const titles: Record<string, Header> = {
  teacher_no: 'teacher_no',
  教师编号: 'teacher_no',
  home_page: 'home_page',
  homepage: 'home_page',
  iss: 'home_page',
  name: 'name',
  sub: 'name',
  mbox: 'mbox',
  邮箱: 'mbox',
}

/**
 * Links people of other systems to teachers from a CSV with the headers `teacher_no, home_page, name`, and `mbox` for rows
 * that name a mailbox instead of an account. Good rows are taken, bad ones come back. Throws InvalidInput
 * `identity-file-unreadable`.
 */
export async function linkFromCsv(ground: Ground, bytes: Uint8Array, actor: string): Promise<LinkFileResult> {
  const csv = readCsv(bytes)
  if (csv.outcome === 'refused') throw new InvalidInput('identity-file-unreadable', csv.reason)
  const [head, ...rows] = csv.rows
  const columns = (head?.cells ?? []).map((cell) => titles[cell.replace(/[\s*]/g, '').toLowerCase()])
  const names = (...wanted: Header[]) => wanted.every((header) => columns.includes(header))
  if (!head || !names('teacher_no') || !(names('home_page', 'name') || names('mbox'))) {
    throw new InvalidInput(
      'identity-file-unreadable',
      '表头应为 teacher_no, home_page, name，用邮箱的写 mbox',
    )
  }
  return transact(ground.db, (trx) => linkRows(trx, ground, { head, rows, columns, actor }))
}

interface LinkFile {
  head: CsvRow
  rows: CsvRow[]
  columns: (string | undefined)[]
  actor: string
}

async function linkRows(
  trx: Trx,
  ground: Ground,
  { head, rows, columns, actor }: LinkFile,
): Promise<LinkFileResult> {
  const result: LinkFileResult = {
    links: 0,
    unchanged: 0,
    failed: 0,
    failures: [],
    failedFile: null,
    linkedKeys: [],
  }
  const cellOf = (row: CsvRow, header: string) => (row.cells[columns.indexOf(header)] ?? '').normalize('NFC')
  const teacherIds = await teacherIdsByNo(
    trx,
    rows.map((row) => cellOf(row, 'teacher_no')),
  )
  const failedRows: string[][] = []
  for (const row of rows) {
    const identifier = identifierIn((header) => row.cells[columns.indexOf(header)] ?? '')
    const fault = await linkRow(trx, {
      teacherNo: cellOf(row, 'teacher_no'),
      teacherId: teacherIds.get(cellOf(row, 'teacher_no')),
      identifier,
      actor,
      now: ground.now(),
    })
    if (typeof fault === 'string') {
      result[fault === 'linked' ? 'links' : 'unchanged'] += 1
      if (fault === 'linked') result.linkedKeys.push(identifierKey(identifier))
    } else {
      result.failed += 1
      result.failures.push({ line: row.line, ...fault })
      failedRows.push([...row.cells, String(row.line), fault.column, fault.reason])
    }
  }
  if (failedRows.length > 0) {
    result.failedFile = writeCsv([[...head.cells, '行号', '列', '原因'], ...failedRows])
  }
  if (result.links > 0) {
    await recordAudit(trx, {
      actor,
      action: 'identity-file-linked',
      subjectKind: 'identity_link',
      subjectId: 'file',
      detail: { links: result.links, unchanged: result.unchanged, failed: result.failed },
      now: ground.now(),
    })
  }
  return result
}

function identifierIn(cellOf: (header: string) => string): LinkableIdentifier {
  const [homePage, name, mbox] = [cellOf('home_page'), cellOf('name'), cellOf('mbox')]
  return homePage === '' && name === '' && mbox !== ''
    ? { kind: 'mbox', mbox: mbox.replace(/^mailto:/i, '') }
    : { kind: 'account', homePage, name }
}

/** What a row of a file can name. */
type LinkableIdentifier = Extract<PersonIdentifier, { kind: 'account' | 'mbox' }>

async function linkRow(
  trx: Trx,
  row: {
    teacherNo: string
    teacherId: Id | undefined
    identifier: LinkableIdentifier
    actor: string
    now: ReturnType<Ground['now']>
  },
): Promise<'linked' | 'known' | { column: string; reason: string }> {
  if (row.teacherNo === '') return { column: 'teacher_no', reason: '不能为空' }
  const fault = faultOf(row.identifier)
  if (fault) return fault
  if (!row.teacherId) return { column: 'teacher_no', reason: '名册中没有这个教师编号' }
  const outcome = await link(trx, {
    identifier: row.identifier,
    teacherId: row.teacherId,
    madeBy: row.actor,
    reason: 'file',
    now: row.now,
  })
  if (outcome.outcome === 'taken') {
    const column = row.identifier.kind === 'mbox' ? 'mbox' : 'name'
    return { column, reason: '这个账号已绑定另一名教师，请先解除' }
  }
  return outcome.outcome
}

function faultOf(identifier: LinkableIdentifier): { column: string; reason: string } | null {
  if (identifier.kind === 'mbox') {
    return isMailbox(identifier.mbox) ? null : { column: 'mbox', reason: '邮箱应如 name@school.example' }
  }
  const { homePage, name } = identifier
  if (homePage === '') return { column: 'home_page', reason: '不能为空' }
  if (name === '') return { column: 'name', reason: '不能为空' }
  if (!isAddress(homePage)) return { column: 'home_page', reason: '应为网址，如 https://moodle.example' }
  return isIdentityNumber(name) ? { column: 'name', reason: '不能使用身份证号' } : null
}

/**
 * Links one identifier to the teacher with this number, and says so in the audit. Throws NotFound `teacher-unknown` and
 * InvalidInput `identity-number-refused`; `taken` is an outcome.
 */
export async function linkTeacher(
  ground: Ground,
  order: { teacherNo: string; identifier: PersonIdentifier; actor: string; reason: string },
): Promise<LinkOutcome> {
  return transact(ground.db, async (trx) => {
    const teacherId = (await teacherIdsByNo(trx, [order.teacherNo])).get(order.teacherNo)
    if (!teacherId) throw new NotFound('teacher-unknown', '名册中没有这个教师编号')
    const { identifier } = order
    refuseUnlikely(identifier)
    if (identifier.kind === 'account' && isIdentityNumber(identifier.name)) {
      throw new InvalidInput('identity-number-refused', '不能用身份证号作为账号')
    }
    const now = ground.now()
    const outcome = await link(trx, { identifier, teacherId, madeBy: order.actor, reason: order.reason, now })
    if (outcome.outcome === 'linked') {
      await recordAudit(trx, {
        actor: order.actor,
        action: 'identity-linked',
        subjectKind: 'teacher',
        subjectId: order.teacherNo,
        detail: { link_id: outcome.linkId, kind: identifier.kind, reason: order.reason },
        now,
      })
    }
    return outcome
  })
}

// What no platform could ever send would be a link that never helps, and nobody would see why.
function refuseUnlikely(identifier: PersonIdentifier): void {
  if (identifier.kind === 'account' && !isAddress(identifier.homePage)) {
    throw new InvalidInput('identity-invalid', '平台地址应为网址，如 https://moodle.example')
  }
  if (identifier.kind === 'mbox' && !isMailbox(identifier.mbox.replace(/^mailto:/i, ''))) {
    throw new InvalidInput('identity-invalid', '邮箱应如 name@school.example')
  }
}

function isMailbox(text: string): boolean {
  return /^[^\s@:]+@[^\s@]+$/.test(text)
}

function isAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\S+$/i.test(text)
}
