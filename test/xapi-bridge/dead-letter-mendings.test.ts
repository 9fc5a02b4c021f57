import fc from 'fast-check'
import t from 'tap'
import { maskBytes, stars } from '../../xapi-bridge/dead-letter/mask.ts'
import {
  type Mending,
  type MendingName,
  mended,
  mendingNames,
  mendings,
} from '../../xapi-bridge/dead-letter/mendings.ts'
import type { Fault } from '../../xapi-bridge/language/faults.ts'
import { faultCodes } from '../../xapi-bridge/language/faults.ts'
import { validateStatement } from '../../xapi-bridge/language/validate.ts'
import { aStatement, type Json } from './statement-examples.ts'

function faultsOf(statement: unknown): Fault[] {
  const faults: Fault[] = []
  validateStatement(statement, '1.0.3', 0, faults)
  return faults
}

const uuid = '6690e6c9-3ef0-4ed3-8b37-7f3964730bee'

/** What each mending makes whole: what was sent, and what stands there afterwards. */
const cases: [MendingName, Json, Json][] = [
  ['add-mailto', { actor: { mbox: 'a@b.example' } }, { actor: { mbox: 'mailto:a@b.example' } }],
  ['add-mailto', { actor: { mbox: ' a@b.example ' } }, { actor: { mbox: 'mailto:a@b.example' } }],
  ['trim', { verb: { id: ' http://x.example/v ' } }, { verb: { id: 'http://x.example/v' } }],
  ['trim', { timestamp: '2026-03-02T10:15:30Z ' }, { timestamp: '2026-03-02T10:15:30Z' }],
  ['trim', { actor: { mbox: ' mailto:a@b.example' } }, { actor: { mbox: 'mailto:a@b.example' } }],
  ['plain-uuid', { id: `{${uuid.toUpperCase()}}` }, { id: uuid }],
  ['plain-uuid', { id: `urn:uuid:${uuid}` }, { id: uuid }],
  ['plain-uuid', { id: uuid.replaceAll('-', '') }, { id: uuid }],
  [
    'add-scheme',
    { object: { id: 'lms.example/course/1' } },
    { object: { id: 'https://lms.example/course/1' } },
  ],
  ['add-scheme', { object: { id: '//lms.example/c' } }, { object: { id: 'https://lms.example/c' } }],
  ['encode-blanks', { object: { id: 'http://x.example/a b' } }, { object: { id: 'http://x.example/a%20b' } }],
  ['text-to-boolean', { result: { completion: 'true' } }, { result: { completion: true } }],
  ['text-to-boolean', { result: { success: 'False' } }, { result: { success: false } }],
  ['text-to-number', { result: { score: { raw: '86.50' } } }, { result: { score: { raw: 86.5 } } }],
  ['remove-empty', { result: { score: '' } }, { result: {} }],
  ['remove-empty', { result: { score: null, success: true } }, { result: { success: true } }],
  [
    'remove-empty',
    { result: { success: true, score: { raw: '' } } },
    { result: { success: true, score: {} } },
  ],
  ['remove-unknown', { extra: { a: [1] } }, {}],
  ['plain-timestamp', { timestamp: '2026/03/02 10:15:30' }, { timestamp: '2026-03-02T10:15:30' }],
  ['plain-timestamp', { timestamp: '2026-03-02T10:15:30-00:00' }, { timestamp: '2026-03-02T10:15:30Z' }],
  ['seconds-to-duration', { result: { duration: 95.5 } }, { result: { duration: 'PT95.5S' } }],
  ['seconds-to-duration', { result: { duration: '95' } }, { result: { duration: 'PT95S' } }],
]

t.test('each mending makes whole what it is for', async (t) => {
  for (const [name, sent, made] of cases) {
    const { id: _, ...base } = aStatement()
    const before = { ...base, ...sent }
    const faults = faultsOf(before)
    t.ok(faults.length > 0, `${name}: ${JSON.stringify(sent)} is refused`)

    const after = JSON.parse(mended(JSON.stringify(before), name, faults))

    t.strictSame(after, { ...base, ...made }, `${name}: ${JSON.stringify(sent)}`)
    t.strictSame(faultsOf(after), [], `${name}: nothing is wrong any more`)
  }
})

t.test('a new id is taken where the one that was sent cannot stay', async (t) => {
  const { id, ...rest } = aStatement()
  const fault: Fault = { index: 0, pointer: '/id', code: 'statement-conflict' }

  t.strictSame(JSON.parse(mended(JSON.stringify({ id, ...rest }), 'new-id', [fault])), rest)
  t.strictSame(JSON.parse(mended(JSON.stringify({ ...rest, id }), 'new-id', [fault])), rest)
})

t.test('what a mending does not recognise stays as it is', async (t) => {
  const untouched: [MendingName, Json][] = [
    ['add-mailto', { actor: { mbox: 'no address' } }],
    ['add-mailto', { actor: { mbox: 7 } }],
    ['plain-uuid', { id: '{1234}' }],
    ['add-scheme', { object: { id: 'course 1' } }],
    ['add-scheme', { object: { id: '/course/1' } }],
    ['text-to-boolean', { result: { completion: 'yes' } }],
    ['text-to-boolean', { result: { response: true } }],
    ['text-to-number', { result: { score: { raw: '86分' } } }],
    ['text-to-number', { result: { score: { raw: '0x10' } } }],
    ['remove-empty', { result: { score: 7 } }],
    ['plain-timestamp', { timestamp: '昨天' }],
    ['seconds-to-duration', { result: { duration: 'two hours' } }],
    ['new-id', { extra: 1 }],
  ]
  for (const [name, sent] of untouched) {
    const text = JSON.stringify(aStatement(sent))
    t.equal(mended(text, name, faultsOf(JSON.parse(text))), text, `${name}: ${JSON.stringify(sent)}`)
  }
})

t.test(
  'all else stays byte for byte, also digits that a number would lose and a property that came twice',
  async (t) => {
    const text = `{ "actor":{"mbox":"a@b.example"},"verb":{"id":"http://x.example/v"},
    "object":{"id":"http://x.example/o"}, "result":{"extensions":{"http://x.example/e":0.12345678901234567890}} }`

    const after = mended(text, 'add-mailto', faultsOf(JSON.parse(text)))

    t.equal(after, text.replace('a@b.example', 'mailto:a@b.example'))
    const twice = '{"id":"{x}","extra":1,"extra":2}'
    const fault: Fault = { index: 0, pointer: '/extra', code: 'unknown-property' }
    t.equal(mended(twice, 'remove-unknown', [fault]), '{"id":"{x}","extra":1}')
  },
)

t.test('no mending breaks JSON or throws, whatever stands at the place', async (t) => {
  const anywhere = fc.constantFrom('/id', '/actor/mbox', '/result/score', '/result/completion', '/a~1b/0', '')
  const stays = fc.property(fc.json(), fc.constantFrom(...mendingNames), anywhere, (text, name, pointer) => {
    const { codes } = mendings[name] as Mending
    JSON.parse(mended(text, name, [{ index: 0, pointer, code: codes[0] ?? 'wrong-type' }]))
  })

  t.doesNotThrow(() => fc.assert(stays))
})

t.test('every mending says what it does and for which faults', async (t) => {
  for (const name of mendingNames) {
    const { codes, does } = mendings[name] as Mending
    t.ok(does.length > 20, name)
    for (const code of codes) t.ok(code in faultCodes, `${name}: ${code}`)
  }
})

t.test('identity numbers are starred out in bytes of any kind, however they are spelled', async (t) => {
  const number = '990101198001010014'
  const wide = [...number].map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)).join('')
  const escaped = [...number].map((digit) => `\\u003${digit}`).join('')
  for (const spelled of [number, wide, escaped, `x${number}y`]) {
    const { body, masked } = maskBytes(Buffer.from(`{"说":"${spelled}"}`))
    t.ok(masked, spelled)
    t.match(body.toString(), stars)
    t.notMatch(body.toString(), /19800101/)
  }
  const binary = Buffer.concat([
    Buffer.from([0xff, 0xfe, 0x80]),
    Buffer.from(number),
    Buffer.from([0xc3, 0x28]),
  ])
  const kept = maskBytes(binary).body
  t.strictSame([...kept.subarray(0, 3), ...kept.subarray(-2)], [0xff, 0xfe, 0x80, 0xc3, 0x28])
  const harmless = Buffer.from('{"a":"990101198001010015 1234567890"}')
  t.strictSame(maskBytes(harmless), { body: harmless, masked: false })
})
