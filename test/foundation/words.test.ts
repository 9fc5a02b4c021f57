import fc from 'fast-check'
import t from 'tap'
import { hoursText, milliHoursOf } from '../../foundation/hours.ts'
import {
  addMonths,
  addYears,
  asInstant,
  dayOf,
  daysBetween,
  instantOf,
  isDay,
  isoOf,
} from '../../foundation/time.ts'

t.test('hours survive the way to text and back', async (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: -9_000_000, max: 9_000_000 }),
      (milli) => milliHoursOf(hoursText(milli)) === milli,
    ),
  )
  t.equal(milliHoursOf('7.5'), 7500)
  t.equal(hoursText(7500), '7.5')
  for (const bad of ['', '7,5', '1e3', '7.5555', '٧', 'NaN', '--1', '12345678'])
    t.throws(() => milliHoursOf(bad), bad)
})

t.test('finer digits of an instant are cut, never rounded', async (t) => {
  t.equal(isoOf(instantOf('2026-12-31T23:59:59.9999999Z')), '2026-12-31T23:59:59.999999Z')
  t.equal(instantOf('2026-03-02T10:15:30+08:00'), instantOf('2026-03-02T02:15:30Z'))
  t.throws(() => instantOf('2026-03-02T10:15:30'), 'an offset is needed')
})

t.test('the civil day is that of the district', async (t) => {
  t.equal(dayOf(instantOf('2018-12-31T16:30:00Z')), '2019-01-01')
  t.equal(dayOf(instantOf('2018-12-31T15:59:59.999999Z')), '2018-12-31')
})

t.test('months and years end on days that exist', async (t) => {
  t.equal(addYears('2024-02-29', 1), '2025-02-28')
  t.equal(addMonths('2026-01-31', 1), '2026-02-28')
  t.equal(daysBetween('2026-02-28', '2026-03-01'), 1)
  t.notOk(isDay('2026-02-29'))
  t.throws(() => asInstant(1.5))
})
