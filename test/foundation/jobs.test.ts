import t from 'tap'
import { countsOf } from '../support/jobs.ts'

const whole = ['TAP version 14', 'ok 1 - a', '1..1', '# { total: 3, pass: 3 }', ''].join('\n')

t.test('a file that is all right counts as its assertions', async (t) => {
  t.strictSame(countsOf(whole, 0), { passed: 3, failed: 0 })
})

t.test('what failed counts, and nothing besides', async (t) => {
  const text = whole.replace('total: 3, pass: 3', 'total: 3, pass: 1, fail: 2')

  t.strictSame(countsOf(text, 1), { passed: 1, failed: 2 })
})

t.test('a file that ends badly or before its end failed, whatever it said', async (t) => {
  t.strictSame(countsOf(whole, 1), { passed: 3, failed: 1 })
  t.strictSame(countsOf(whole, 'SIGKILL'), { passed: 3, failed: 1 })
  t.strictSame(countsOf(whole.replace('1..1\n', ''), 0), { passed: 3, failed: 1 })
  t.strictSame(countsOf('TAP version 14\nok 1 - a\n', 0), { passed: 0, failed: 1 })
  t.strictSame(countsOf('', 0), { passed: 0, failed: 1 })
})
