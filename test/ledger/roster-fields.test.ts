import fc from 'fast-check'
import t from 'tap'
import { readCsv, writeCsv } from '../../ledger/roster/csv-file.ts'
import { factsToReach, overlaid, timelineOf, valueOn } from '../../ledger/roster/dated.ts'
import { readDay, readDayRange } from '../../ledger/roster/file-day.ts'
import {
  checkCharacterOf,
  filledDownward,
  isIdentityNumber,
  maskedNumber,
  readIdentityNumber,
} from '../../ledger/roster/identity-number.ts'
import { isSameName, looksLikePerson, looksLikeUnit, nameKeyOf } from '../../ledger/roster/person-name.ts'

/** Bodies of 17 digits with area codes that no place has. */
const bodies = fc
  .tuple(
    fc.constantFrom('990101', '990102', '990103'),
    fc.date({ min: new Date('1950-01-01'), max: new Date('2005-12-31'), noInvalidDate: true }),
    fc.integer({ min: 1, max: 999 }),
  )
  .map(([area, date, order]) => {
    const day = date.toISOString().slice(0, 10).replaceAll('-', '')
    return `${area}${day}${String(order).padStart(3, '0')}`
  })

t.test('numbers of people whose area codes no place has are read', async (t) => {
  for (const number of [
    '99010219851231004X',
    '990101198001010014',
    '990102198506150182',
    '990103199007080133',
  ]) {
    t.strictSame(readIdentityNumber(number), { outcome: 'read', number, canonical: number })
  }
})

t.test('any one wrong digit or any two neighbours exchanged are refused', async () => {
  const places = fc.integer({ min: 6, max: 16 })
  fc.assert(
    fc.property(bodies, places, fc.integer({ min: 1, max: 9 }), (body, at, by) => {
      const number = body + checkCharacterOf(body)
      const wrong = number.slice(0, at) + ((Number(number[at]) + by) % 10) + number.slice(at + 1)
      return isIdentityNumber(number) && !isIdentityNumber(wrong)
    }),
  )
  fc.assert(
    fc.property(bodies, fc.integer({ min: 0, max: 15 }), (body, at) => {
      const number = body + checkCharacterOf(body)
      const turned = number.slice(0, at) + number[at + 1] + number[at] + number.slice(at + 2)
      return turned === number || !isIdentityNumber(turned)
    }),
  )
})

t.test('a number that lost its last digits to a spreadsheet is refused and never repaired', async () => {
  fc.assert(
    fc.property(bodies, (body) => {
      const damaged = `${(body + checkCharacterOf(body)).slice(0, 15)}000`
      const isStillRight = checkCharacterOf(damaged) === '0'
      const reading = readIdentityNumber(damaged)
      return isStillRight
        ? reading.outcome === 'read' && reading.number === damaged
        : reading.outcome === 'refused' && reading.fault === 'excel_zeros'
    }),
  )
})

t.test('spellings of one number are equal, in any width and case', async (t) => {
  const plain = '99010219851231004X'
  const wide = [...plain].map((sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0)).join('')

  for (const spelling of ['99010219851231004x', ` 990102 19851231 004X\u3000`, wide, `'${plain}`]) {
    t.match(readIdentityNumber(spelling), { outcome: 'read', number: plain })
  }
})

t.test('a legacy number of 15 digits is the same person as its derived number', async (t) => {
  t.strictSame(readIdentityNumber('990101800101001'), {
    outcome: 'read',
    number: '990101800101001',
    canonical: '990101198001010014',
  })
})

for (const [text, fault] of [
  ['99010119800101001', 'length'],
  ['9901011980010100145', 'length'],
  ['99010119800101A014', 'characters'],
  ['990101198001010015', 'check_character'],
  ['990101198013010012', 'check_character'],
  ['1.10101E+17', 'excel_scientific'],
  ['9.90101e17', 'excel_scientific'],
  ['990101********0014', 'masked'],
  ['990101801301001', 'birth_date'],
] as const) {
  t.test(`${text} is refused: ${fault}`, async (t) => {
    t.strictSame(readIdentityNumber(text), { outcome: 'refused', fault })
  })
}

t.test(
  'a birth date that does not exist or lies ahead is refused though the check character fits',
  async (t) => {
    for (const day of ['19800230', '19801301', '18000101']) {
      const body = `990101${day}001`
      t.match(readIdentityNumber(body + checkCharacterOf(body)), { fault: 'birth_date' })
    }
    const ahead = '99010120300101001'
    t.match(readIdentityNumber(ahead + checkCharacterOf(ahead), '2026-11-21'), { fault: 'birth_date' })
  },
)

t.test('three numbers that count upwards were dragged; two neighbours were not', async (t) => {
  const start = 990101198001010014n
  const run = [0n, 1n, 2n, 3n].map((step) => String(start + step))

  t.strictSame([...filledDownward(run)], [1, 2, 3])
  t.strictSame([...filledDownward(run.slice(0, 2))], [])
  t.strictSame([...filledDownward(['', ...run, '990103199007080133', null])], [2, 3, 4])
})

t.test('a number is shown with its area, its end, and nothing between', async (t) => {
  t.equal(maskedNumber('990101198001010014'), '990101********0014')
  t.equal(maskedNumber('E1234567'), '******67')
})

t.test('dots that look alike are one separator, and blanks do not count', async (t) => {
  for (const dot of ['·', '•', '・', '．', '‧', '.']) {
    t.equal(nameKeyOf(`阿依古丽${dot}艾尼 `), '阿依古丽·艾尼')
  }
  t.equal(nameKeyOf('张\u3000\u200B三'), '张三')
  t.equal(nameKeyOf('Ａnna K. Müller'), 'AnnaK.Müller')
})

t.test('rare characters differ from each other, and a name with a lost character equals none', async (t) => {
  t.equal(isSameName('王䶮', '王䶮'), true)
  t.equal(isSameName('王䶮', '王龑'), false)
  t.equal(isSameName('𠮷田', '𡃁田'), false)
  t.equal(isSameName('王□', '王□'), false)
  t.equal(isSameName('王?', '王?'), false)
})

t.test('names of people and of units are told apart', async (t) => {
  for (const unit of ['示例区第一小学', '示例区教师发展中心', '实验幼儿园（东校区）'])
    t.equal(looksLikeUnit(unit), true)
  for (const person of ['高中华', '王学', '欧阳小学', '阿依古丽·艾尼'])
    t.equal(looksLikeUnit(person), person === '欧阳小学')
  t.equal(looksLikePerson('张伟'), true)
  t.equal(looksLikePerson('一小'), false)
  t.equal(looksLikePerson('示例区第一小学'), false)
})

for (const [cell, day] of [
  ['2024/1/5', '2024-01-05'],
  ['2024.01.05', '2024-01-05'],
  ['2024-01-05', '2024-01-05'],
  ['20240105', '2024-01-05'],
  ['2024年1月5日', '2024-01-05'],
  ['２０２４年１月５日', '2024-01-05'],
  ['2024/1/5 0:00:00', '2024-01-05'],
  ['2024-01-05T08:00:00+08:00', '2024-01-05'],
  ['45296', '2024-01-05'],
  ['2024-02-29', '2024-02-29'],
] as const) {
  t.test(`a cell with ${cell} is ${day}`, async (t) => {
    t.strictSame(readDay(cell), { outcome: 'day', day })
  })
}

t.test('a cell that is no whole day is refused, an empty one or 至今 is blank', async (t) => {
  for (const cell of ['2023-02-29', '24/1/5', '2024年1月', '2024', '下学期', '2024-13-01', '1.5']) {
    t.strictSame(readDay(cell), { outcome: 'refused' }, cell)
  }
  for (const cell of ['', ' ', '至今', '长期']) t.strictSame(readDay(cell), { outcome: 'blank' }, cell)
})

t.test('ranges take the year of their first day', async (t) => {
  t.strictSame(readDayRange('2023.7.14-8.31'), { from: '2023-07-14', to: '2023-08-31' })
  t.strictSame(readDayRange('2023.7.14-2024.8.31'), { from: '2023-07-14', to: '2024-08-31' })
  t.strictSame(readDayRange('2023年7月14日至8月31日'), { from: '2023-07-14', to: '2023-08-31' })
  t.strictSame(readDayRange('2023/7/14'), { from: '2023-07-14', to: '2023-07-14' })
  t.equal(readDayRange('2023.8.31-7.14'), null)
})

t.test('what is written as CSV is read back, whatever the cells hold', async () => {
  const cell = fc
    .string({ unit: 'grapheme', maxLength: 12 })
    .map((text) => text.replace(/^[\s\u3000\uFEFF]+|[\s\u3000\uFEFF]+$/g, '').replace(/[\0\r]/g, ''))
    .filter((text) => !/^="[^"]*"$/.test(text))
  const width = 3
  const table = fc.array(fc.array(cell, { minLength: width, maxLength: width }), {
    minLength: 1,
    maxLength: 8,
  })
  fc.assert(
    fc.property(table, (rows) => {
      const header = ['甲,', '乙', '丙']
      const read = readCsv(writeCsv([header, ...rows]))
      const expected = [header, ...rows].filter((cells) => cells.some((text) => text !== ''))
      return (
        read.outcome === 'read' &&
        JSON.stringify(read.rows.map(({ cells }) => cells)) === JSON.stringify(expected)
      )
    }),
  )
})

t.test(
  'whatever was recorded before, the facts that are added bring about the timeline that is wanted',
  async () => {
    const days = ['2020-01-01', '2021-06-30', '2022-01-01', '2023-09-01', '2024-01-01']
    const fact = fc.record({
      value: fc.constantFrom('甲', '乙', null),
      from: fc.constantFrom(null, ...days),
    })
    const change = fc.record({
      value: fc.constantFrom('甲', '丙', null),
      from: fc.constantFrom(null, ...days),
      to: fc.constantFrom(null, '2024-12-31'),
    })
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 6 }), change, (facts, { value, from, to }) => {
        const standing = facts.map((each, order) => ({ ...each, order }))
        const wanted = overlaid(timelineOf(standing), value, { from, to })
        const added = factsToReach(standing, wanted).map((each, n) => ({ ...each, order: 100 + n }))
        const reached = timelineOf([...standing, ...added])
        return ['1990-01-01', ...days, '2021-06-29', '2024-12-31', '2025-01-01'].every(
          (day) => valueOn(reached, day) === valueOn(wanted, day),
        )
      }),
    )
  },
)
