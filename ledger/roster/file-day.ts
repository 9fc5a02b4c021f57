import { addDays, type Day, isDay } from '../../foundation/time.ts'

/** What a cell says about a day: the day, nothing, or something that is no day. */
export type DayReading = { outcome: 'day'; day: Day } | { outcome: 'blank' } | { outcome: 'refused' }

const shapes = [
  /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/,
  /^(\d{4})(\d{2})(\d{2})$/,
  /^(\d{4})年(\d{1,2})月(\d{1,2})[日号]?$/,
]
const open = /^(至今|今|长期|无|-|—|\/)$/

/**
 * Reads a civil day as people and spreadsheets write it (domain.md §6.4): `2024/1/5`, `2024.01.05`, `2024-01-05`,
 * `20240105`, `2024年1月5日`, a serial number of Excel, each with a time of midnight or any other behind it or not.
 * Two-digit years and months without a day are refused: guessing would decide somebody's year.
 */
export function readDay(cell: string): DayReading {
  const text = halfWidth(cell).trim()
  if (text === '' || open.test(text)) return { outcome: 'blank' }
  const date = text
    .replace(/^(.*?\d日?)[T\s]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/, '$1')
    .replace(/\s/g, '')
  if (/^\d{5}(\.0*)?$/.test(date)) return serialDay(Number.parseInt(date, 10))
  for (const shape of shapes) {
    const [, year, month, day] = shape.exec(date) ?? []
    if (!year || !month || !day) continue
    const read = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
    return isDay(read) && year >= '1900' && year < '2200'
      ? { outcome: 'day', day: read }
      : { outcome: 'refused' }
  }
  return { outcome: 'refused' }
}

/** Excel counts days from 1899-12-30; five digits are 1927 to 2173, fewer would be a bare number. */
function serialDay(serial: number): DayReading {
  return { outcome: 'day', day: addDays('1899-12-30', serial) }
}

function halfWidth(text: string): string {
  return text
    .replace(/[\uFF01-\uFF5E]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replaceAll('\u3000', ' ')
}

/**
 * Reads a range of days as activity lists write it: `2023.7.14-8.31`, `2023.7.14-2023.8.31`, `2023年7月14日至8月31日`.
 * A second part without a year takes that of the first. Null for anything else, also when it would run backwards.
 */
export function readDayRange(cell: string): { from: Day; to: Day } | null {
  const text = halfWidth(cell).replace(/\s/g, '')
  const single = readDay(text)
  if (single.outcome === 'day') return { from: single.day, to: single.day }
  const parts = /^(\d{4}[./年]\d{1,2}[./月]\d{1,2}日?)(?:-|—|–|~|至|到)+(.+)$/.exec(text)
  const first = readDay(parts?.[1] ?? '')
  if (!parts || first.outcome !== 'day') return null
  const tail = parts[2] ?? ''
  const year = first.day.slice(0, 4)
  const separator = /年/.test(text) ? '年' : '.'
  const second = readDay(/^\d{4}\D/.test(tail) ? tail : `${year}${separator}${tail}`)
  if (second.outcome !== 'day' || second.day < first.day) return null
  return { from: first.day, to: second.day }
}
