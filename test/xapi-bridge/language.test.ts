import fc from 'fast-check'
import t from 'tap'
import { isDuration, secondsOf, withoutFineDigits } from '../../xapi-bridge/language/duration.ts'
import {
  guardStatement,
  hasIdentityNumber,
  hideIdentityNumbers,
} from '../../xapi-bridge/language/identity-guard.ts'
import { scan } from '../../xapi-bridge/language/scan.ts'
import { isIri, isLanguageTag, isMailbox, isUuid } from '../../xapi-bridge/language/terms.ts'
import { microsecondsOf } from '../../xapi-bridge/language/timestamp.ts'
import { edited, memberOf, repeatedProperties, treeOf } from '../../xapi-bridge/language/tree.ts'
import { uuidBytes, uuidText } from '../../xapi-bridge/language/uuid.ts'
import { isStatementVersion, negotiate } from '../../xapi-bridge/language/version.ts'

const durations: [string, number | null][] = [
  ['PT5H12M', 18_720],
  ['PT0.1S', 0.1],
  ['PT16559.14S', 16_559.14],
  ['P3Y1M29DT4H35M59.14S', 99_722_159.14],
  ['P4W', 2_419_200],
  ['PT1,5H', 5400],
  ['PT005M', 300],
  ['P0D', 0],
  ['P4W1D', null],
  ['P', null],
  ['PT', null],
  ['P1DT', null],
  ['PT1.5H3M', null],
  ['P0003-06-04T12:30:05', null],
  ['-PT1S', null],
  ['pt1s', null],
  ['PT1S ', null],
]
for (const [text, seconds] of durations)
  t.test(`the duration ${text} is ${seconds ?? 'refused'}`, async (t) => {
    t.equal(isDuration(text), seconds !== null)
    t.equal(secondsOf(text), seconds)
  })

t.test('digits beyond 0.01 second are cut off a duration, never rounded', async (t) => {
  t.equal(withoutFineDigits('PT1.999S'), 'PT1.99S')
  t.equal(withoutFineDigits('PT1.9S'), 'PT1.9S')
  t.equal(withoutFineDigits('PT1.999H'), 'PT1.999H')
})

const timestamps: [string, string | null][] = [
  ['2026-03-02T10:15:30Z', '2026-03-02T10:15:30.000Z'],
  ['2026-03-02T10:15:30.123999Z', '2026-03-02T10:15:30.123Z'],
  ['2026-03-02T18:15:30+08:00', '2026-03-02T10:15:30.000Z'],
  ['2026-03-02T18:15:30+08', '2026-03-02T10:15:30.000Z'],
  ['20260302T181530+0800', '2026-03-02T10:15:30.000Z'],
  ['2026-03-02t10:15:30z', '2026-03-02T10:15:30.000Z'],
  ['2026-03-02T10:15', '2026-03-02T10:15:00.000Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['1999-12-31T23:59:60Z', '2000-01-01T00:00:00.000Z'],
  ['2026-02-29T00:00:00Z', null],
  ['2026-13-01T00:00:00Z', null],
  ['2026-03-02T24:00:00Z', null],
  ['2026-03-02T10:15:30-00', null],
  ['2026-03-02T10:15:30-0000', null],
  ['2026-03-02T10:15:30-00:00', null],
  ['2026-03-02', null],
  ['01/011/2015', null],
  ['2026-03-02T10:15:30+25:00', null],
]
for (const [text, iso] of timestamps)
  t.test(`the timestamp ${text} is ${iso ?? 'refused'}`, async (t) => {
    const micro = microsecondsOf(text, '1.0.3')

    t.equal(micro === null ? null : new Date(Math.floor(micro / 1000)).toISOString(), iso)
  })

t.test('an instant keeps microseconds and cuts what is finer', async (t) => {
  t.equal((microsecondsOf('1970-01-01T00:00:00.9999999Z', '1.0.3') ?? 0) % 1_000_000, 999_999)
})

t.test('years that no database number holds are set to the edge, as safe integers', async (t) => {
  for (const text of ['0000-01-01T00:00:00Z', '0099-01-01T00:00:00Z', '9999-12-31T23:59:59Z'])
    t.ok(Number.isSafeInteger(microsecondsOf(text, '1.0.3')))
})

const terms: [(text: string) => boolean, string, string[], string[]][] = [
  [
    isIri,
    'IRI',
    ['http://a.example', 'urn:articulate:x', 'tag:a,2026:b', 'https://例.example/课?x=1#y'],
    ['completed', 'ab=c://x', 'http://a b', ':x', '1a:b', 'http:', 'x:\ud800', 'http://a\n'],
  ],
  [
    isMailbox,
    'mailbox',
    ['mailto:a@b.c', 'mailto:a+b@例.cn'],
    ['a@b.c', 'mailto:a', 'mailto:a@b@c', 'mailto:a @b'],
  ],
  [
    isUuid,
    'UUID',
    ['01a1fe60-0000-7000-8000-000000000001', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF'],
    [
      '01a1fe6000007000800000000000001',
      '{01a1fe60-0000-7000-8000-000000000001}',
      '01a1fe60-0000-7000-8000-00000000000g',
    ],
  ],
  [
    isLanguageTag,
    'language tag',
    [
      'zh-CN',
      'zh-Hans-CN',
      'en',
      'es-419',
      'x-private',
      'sl-rozaj-biske',
      'i-klingon',
      'und',
      'en-a-bbb-x-a',
    ],
    ['', 'a12345678', 'zh_CN', 'e', 'en-', 'toolonglanguage'],
  ],
]
for (const [test, name, right, wrong] of terms)
  t.test(`${name}: form`, async (t) => {
    t.strictSame(
      right.filter((text) => !test(text)),
      [],
    )
    t.strictSame(wrong.filter(test), [])
  })

t.test('a UUID of any version survives the way to its bytes and back', async (t) => {
  const id = 'ffffffff-0000-ffff-0000-ffffffffffff'

  t.equal(uuidText(uuidBytes(id.toUpperCase())), id)
})

t.test('versions of requests and of statements', async (t) => {
  t.strictSame(negotiate('1.0.2', '2.0.0'), { version: '1.0.3', understood: true })
  t.strictSame(negotiate(undefined, '2.0.0'), { version: '2.0.0', understood: false })
  t.ok(isStatementVersion('1.0', '2.0.0'))
  t.notOk(isStatementVersion('2.0.0', '1.0.3'))
})

t.test('whatever JSON a batch holds, its cuts are its elements', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue({ maxDepth: 4 }), { maxLength: 6 }),
      fc.constantFrom('', ' ', '\n\t'),
      (values, blank) => {
        const body = Buffer.from(
          `${blank}[${blank}${values.map((value) => `${blank}${JSON.stringify(value)}${blank}`).join(',')}${blank}]`,
        )
        const found = scan(body)
        if (found.form !== 'batch') return false
        const parsed = found.cuts.map(({ start, end }) => JSON.parse(body.toString('utf8', start, end)))
        return JSON.stringify(parsed) === JSON.stringify(values)
      },
    ),
    { numRuns: 500 },
  )
  t.pass()
})

t.test('what the scanner takes whole is JSON whenever its cuts are', async (t) => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '1',
    'a',
    ' ',
    '"a"',
    '{"a":1}',
    '\u4e2d',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const body = Buffer.from(`[${pieces.join('')}]`)
      const found = scan(body)
      const takenWhole =
        found.form === 'batch' &&
        found.cuts.every(({ start, end }) => isJson(body.toString('utf8', start, end)))
      return takenWhole === isJson(body.toString())
    }),
    { numRuns: 5000 },
  )
  t.pass()
})

t.test('a tree names every value by its place, and edits leave the rest alone', async (t) => {
  const text = '{ "a" : [1, {"b\\"":null}], "c":1.000000000000000000001 }'
  const tree = treeOf(text)
  const list = memberOf(tree, 'a')

  t.equal(text.slice(list?.start, list?.end), '[1, {"b\\"":null}]')
  t.equal(
    edited(text, [{ start: list?.start ?? 0, end: list?.end ?? 0, text: '2' }]),
    '{ "a" : 2, "c":1.000000000000000000001 }',
  )
  t.strictSame(repeatedProperties('{"a":{"x/y":1,"x/y":2},"b":[{"c":1,"\\u0063":1}]}'), ['/a/x~1y', '/b/0/c'])
})

t.test('what only bears the name of a hash is looked at like anything else', async (t) => {
  const number = '990101198001010014'
  const found = (value: unknown) => {
    const text = JSON.stringify({ extensions: { sha2: value, mbox_sha1sum: value } })
    return guardStatement(JSON.parse(text), text, 0).faults.length
  }
  t.not(found(number), 0)
  t.not(found({ id: number }), 0)
  t.equal(found(number.padEnd(40, 'a')), 0)
  t.equal(found(number.padEnd(64, 'a')), 0)
})

t.test('identity numbers are found in any spelling and starred out', async (t) => {
  for (const text of ['990101198001010014', 'x990102198506150182y', '９９０１０３１９９００７０８０１３３']) {
    t.ok(hasIdentityNumber(text), text)
    t.notMatch(hideIdentityNumbers(text), /\d{6}|[０-９]{6}/)
  }
  for (const text of ['990101198001010015', '1990101198001010014', '990101198013010014', ''])
    t.notOk(hasIdentityNumber(text), text)
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
