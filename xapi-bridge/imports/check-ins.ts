import { InvalidInput, type Fault as ShownFault } from '../../foundation/errors.ts'
import { derivedId } from '../../foundation/ids.ts'
import { readCsv } from '../../ledger/roster/csv-file.ts'
import { isIri } from '../language/terms.ts'
import { microsecondsOf } from '../language/timestamp.ts'
import type { Source } from '../sources/source.ts'
import type { Made } from './import.ts'

type Column = 'session' | 'class' | 'no' | 'account' | 'home_page' | 'time'

/** Column names by what may stand in the first row; blanks, `*` and case do not count. */
const titles: Record<string, Column> = {
  session: 'session',
  场次: 'session',
  class: 'class',
  training_class: 'class',
  培训班: 'class',
  班级: 'class',
  no: 'no',
  场次号: 'no',
  account: 'account',
  name: 'account',
  账号: 'account',
  home_page: 'home_page',
  主页: 'home_page',
  time: 'time',
  签到时间: 'time',
  时间: 'time',
}

/** How large a file of check-ins may be, in bytes: it is read as a whole, and a million rows fit. */
const mostBytes = 64 * 1024 * 1024

const attended = 'http://adlnet.gov/expapi/verbs/attended'
const meeting = 'http://adlnet.gov/expapi/activities/meeting'
const namespace = '0b6d9c39-2f6b-5f34-9c0e-5a4b1f7e2c11'

/**
 * Makes statements of a CSV of check-ins: who (account), at which session (its IRI, or training class and number), when.
 * A time without offset is that of the district. The id follows from all of them, so a check-in that stands twice, or in
 * two files, is one. Throws InvalidInput (`check-ins-unreadable`).
 */
export function checkInsIn(bytes: Uint8Array, source: Source, iriBase: string): Made[] {
  if (bytes.length > mostBytes)
    throw new InvalidInput('check-ins-unreadable', 'the file is larger than 64 MiB; split it')
  const csv = readCsv(bytes)
  if (csv.outcome === 'refused') throw new InvalidInput('check-ins-unreadable', csv.reason)
  const [head, ...rows] = csv.rows
  const columns = (head?.cells ?? []).map((cell) => titles[cell.replace(/[\s*]/g, '').toLowerCase()])
  const has = (column: Column) => columns.includes(column)
  if (!has('account') || !has('time') || !(has('session') || (has('class') && has('no'))))
    throw new InvalidInput(
      'check-ins-unreadable',
      'the first row names the columns: account, time, and session or class and no; home_page where there are several',
    )
  return rows.map(({ line, cells }) => {
    const row = Object.fromEntries(
      columns.flatMap((column, n) => (column ? [[column, cells[n] ?? '']] : [])),
    ) as Partial<Record<Column, string>>
    const original = JSON.stringify(row)
    const made = statementOf(row, source, iriBase)
    return 'errors' in made
      ? { line, text: null, errors: made.errors, original }
      : { line, text: JSON.stringify(made.statement), original }
  })
}

function statementOf(
  row: Partial<Record<Column, string>>,
  source: Source,
  iriBase: string,
): { statement: object } | { errors: ShownFault[] } {
  const errors: ShownFault[] = []
  const fault = (column: Column, code: string, detail: string) =>
    errors.push({ pointer: `/${column}`, code, detail })
  const session = sessionOf(row, iriBase)
  if (session === null)
    fault(
      row.session ? 'session' : 'class',
      'invalid-iri',
      'the IRI of a session is needed, or training class and number',
    )
  const name = row.account ?? ''
  if (name === '') fault('account', 'missing-property', 'the account is missing')
  const homePages = source.actorHomePages.filter(isIri)
  const homePage = row.home_page || (homePages.length === 1 ? homePages[0] : undefined)
  if (homePage === undefined || !isIri(homePage))
    fault('home_page', 'missing-property', 'whose account it is: the source names no single home page')
  const time = timeOf(row.time ?? '')
  if (time === null) fault('time', 'invalid-timestamp', 'a time such as 2026-03-05 14:00 is needed')
  if (errors.length > 0) return { errors }
  return {
    statement: {
      id: derivedId(namespace, [source.id, session, homePage, name, time].join('|')),
      timestamp: time,
      actor: { objectType: 'Agent', account: { homePage, name } },
      verb: { id: attended, display: { 'zh-CN': '签到', en: 'attended' } },
      object: { objectType: 'Activity', id: session, definition: { type: meeting } },
    },
  }
}

function sessionOf(
  { session, class: code, no }: Partial<Record<Column, string>>,
  iriBase: string,
): string | null {
  if (session) return isIri(session) ? session : null
  if (!code || !no || !/^[1-9]\d{0,5}$/.test(no)) return null
  return `${iriBase}activities/session/${encodeURIComponent(code)}/${no}`
}

/** Without an offset it is the district's time, which knows no summer time. */
function timeOf(text: string): string | null {
  const parts =
    /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[T\s]+(\d{1,2}):(\d\d)(?::(\d\d))?\s*(Z|[+-]\d\d:\d\d)?$/i.exec(
      text,
    )
  if (!parts) return null
  const [, year, month = '', day = '', hour = '', minute, second = '00', offset = '+08:00'] = parts
  const two = (digits: string) => digits.padStart(2, '0')
  const time = `${year}-${two(month)}-${two(day)}T${two(hour)}:${minute}:${second}${offset.toUpperCase()}`
  return microsecondsOf(time, '1.0.3') === null ? null : time
}
