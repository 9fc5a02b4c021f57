import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { projectRoot } from '../../foundation/root.ts'
import { type Fault, faultCodes } from '../../xapi-bridge/language/faults.ts'
import { scan } from '../../xapi-bridge/language/scan.ts'
import type { Version } from '../../xapi-bridge/language/version.ts'
import { prepare } from '../../xapi-bridge/statements/prepare.ts'
import { aStatement, type Json } from './statement-examples.ts'

const storeId = '01a1fe60-0000-7000-8000-000000000001'

function faultsOf(statement: unknown, version: Version = '1.0.3'): string[] {
  return faultsOfText(JSON.stringify(statement), version)
}

function faultsOfText(text: string, version: Version = '1.0.3'): string[] {
  const reading = { storeId, version, guard: 'block' } as const
  return prepare(Buffer.from(text), reading).faults.map(
    ({ index, pointer, code }: Fault) => `${index} ${pointer} ${code}`,
  )
}

const agent = { mbox: 'mailto:a@example.com' }
const activity = { id: 'https://example.com/a' }

const wrong: [string, Json, string[]][] = [
  ['1 shape: an unknown property', { extra: 1 }, ['0 /extra unknown-property']],
  ['1 shape: a property in another case', { Verb: {} }, ['0 /Verb unknown-property']],
  ['1 shape: null outside extensions', { result: { success: null } }, ['0 /result/success null-value']],
  ['1 shape: no coercion', { result: { success: 'true' } }, ['0 /result/success wrong-type']],
  [
    '2 actor: two identifiers',
    { actor: { ...agent, openid: 'https://a.example' } },
    ['0 /actor identifier-count'],
  ],
  ['2 actor: no identifier', { actor: { name: 'a' } }, ['0 /actor identifier-count']],
  [
    '2 actor: an anonymous group needs members',
    { actor: { objectType: 'Group' } },
    ['0 /actor/member member-required'],
  ],
  [
    '2 actor: members are agents only',
    { actor: { objectType: 'Group', member: [{ objectType: 'Group', ...agent }] } },
    ['0 /actor/member/0/objectType wrong-value'],
  ],
  ['2 actor: mailto is needed', { actor: { mbox: 'a@example.com' } }, ['0 /actor/mbox invalid-mailbox']],
  [
    '2 actor: an account has a home page and a name',
    { actor: { account: { homePage: 'x', name: 5 } } },
    ['0 /actor/account/homePage invalid-iri', '0 /actor/account/name wrong-type'],
  ],
  [
    '3 object: an agent needs its type',
    { object: agent },
    ['0 /object/mbox unknown-property', '0 /object/id missing-property'],
  ],
  [
    '3 object: a SubStatement has no id and does not nest',
    {
      object: {
        objectType: 'SubStatement',
        id: storeId,
        actor: agent,
        verb: { id: 'http://example.com/v' },
        object: {
          objectType: 'SubStatement',
          actor: agent,
          verb: { id: 'http://example.com/v' },
          object: activity,
        },
      },
    },
    [
      '0 /object/id unknown-property',
      '0 /object/object/actor unknown-property',
      '0 /object/object/verb unknown-property',
      '0 /object/object/object unknown-property',
      '0 /object/object/objectType wrong-value',
      '0 /object/object/id missing-property',
    ],
  ],
  [
    '3 object: voided demands a StatementRef',
    { verb: { id: 'http://adlnet.gov/expapi/verbs/voided' } },
    ['0 /object void-target'],
  ],
  [
    '3 object: component lists go with their interaction',
    {
      object: { ...activity, definition: { interactionType: 'likert', choices: [{ id: 'a' }, { id: 'a' }] } },
    },
    ['0 /object/definition/choices/1/id repeated-id', '0 /object/definition/choices interaction-type'],
  ],
  [
    '4 result: scaled beyond 1',
    { result: { score: { scaled: 1.1 } } },
    ['0 /result/score/scaled out-of-range'],
  ],
  [
    '4 result: raw above max',
    { result: { score: { raw: 11, max: 10 } } },
    ['0 /result/score/raw out-of-range'],
  ],
  [
    '4 result: the date-like duration',
    { result: { duration: 'P0003-06-04T12:30:05' } },
    ['0 /result/duration invalid-duration'],
  ],
  [
    '5 context: revision and platform need an activity',
    { object: { objectType: 'Agent', ...agent }, context: { platform: 'x', revision: 'y' } },
    ['0 /context/revision not-for-object', '0 /context/platform not-for-object'],
  ],
  [
    '5 context: a language tag',
    { context: { language: 'a12345678' } },
    ['0 /context/language invalid-language'],
  ],
  [
    '5 context: contextAgents under 1.0.3',
    { context: { contextAgents: [] } },
    ['0 /context/contextAgents unknown-property'],
  ],
  ['6 types: an IRI has a scheme', { verb: { id: 'completed' } }, ['0 /verb/id invalid-iri']],
  ['6 types: a UUID', { id: 'abc' }, ['0 /id invalid-uuid']],
  [
    '6 types: the offset -00:00',
    { timestamp: '2026-01-01T00:00:00-00:00' },
    ['0 /timestamp invalid-timestamp'],
  ],
  [
    '6 types: a blank for the T under 1.0.3',
    { timestamp: '2026-01-01 00:00:00Z' },
    ['0 /timestamp invalid-timestamp'],
  ],
  ['6 types: 30 February', { timestamp: '2026-02-30T00:00:00Z' }, ['0 /timestamp invalid-timestamp']],
  [
    '6 types: extension keys are IRIs',
    { result: { extensions: { 'a/b': 1 } } },
    ['0 /result/extensions/a~1b invalid-iri'],
  ],
  ['7 version: 2.0.0 under 1.0.3', { version: '2.0.0' }, ['0 /version wrong-value']],
]

for (const [name, changes, expected] of wrong)
  t.test(`2.2 ${name}`, async (t) => {
    t.strictSame(faultsOf(aStatement(changes)), expected)
  })

const right: [string, Json, Version?][] = [
  ['a future timestamp', { timestamp: '2199-01-01T00:00:00Z' }],
  ['a timestamp without zone, in basic form, with nine digits', { timestamp: '20260101T000000.123456789' }],
  ['a blank for the T under 2.0.0', { timestamp: '2026-01-01 00:00:00Z' }, '2.0.0'],
  ['a single contextActivity', { context: { contextActivities: { parent: activity } } }],
  [
    'null and emptiness inside extensions',
    { result: { extensions: { 'x:a': null, 'x:b': {}, 'x:c': [null] } } },
  ],
  ['__proto__ inside extensions', { result: { extensions: JSON.parse('{"x:a":{"__proto__":{"a":1}}}') } }],
  [
    'contextAgents under 2.0.0',
    { context: { contextAgents: [{ objectType: 'contextAgent', agent }] } },
    '2.0.0',
  ],
  ['an identified group without members', { actor: { objectType: 'Group', ...agent } }],
  ['the version 1.0', { version: '1.0' }],
]
for (const [name, changes, version] of right)
  t.test(`2.2 accepted: ${name}`, async (t) => {
    t.strictSame(faultsOf(aStatement(changes), version), [])
  })

t.test('2.2 every fault of every statement is named with its index', async (t) => {
  const faults = faultsOf([aStatement(), aStatement({ verb: {}, extra: 1 }), aStatement({ actor: {} })])

  t.strictSame(faults, [
    '1 /extra unknown-property',
    '1 /verb/id missing-property',
    '2 /actor identifier-count',
  ])
})

t.test('2.2 repeated keys are refused at any depth, also spelt with escapes', async (t) => {
  const text = JSON.stringify(aStatement({ result: { extensions: { 'x:a': { deep: [{ k: 1 }] } } } }))

  t.strictSame(faultsOfText(text.replace('{"k":1}', '{"k":1,"k":2}')), [
    '0 /result/extensions/x:a/deep/0/k repeated-property',
  ])
  t.strictSame(faultsOfText(text.replace('{"k":1}', '{"k":1,"\\u006b":2}')).length, 1)
  t.strictSame(faultsOfText(text.replace('{"k":1}', '{"__proto__":1,"__proto__":2}')).length, 1)
})

t.test('2.2 the same id twice in one batch is refused', async (t) => {
  const one = aStatement()

  t.strictSame(faultsOf([one, { ...one, id: one.id.toUpperCase() }]), ['1 /id repeated-id'])
})

t.test('2.2 nesting is bounded and what is no JSON is refused', async (t) => {
  const deep = `${'['.repeat(70)}${']'.repeat(70)}`

  t.strictSame(
    faultsOfText(JSON.stringify(aStatement()).replace('"completion":true', `"completion":${deep}`)),
    ['0  too-deep'],
  )
  for (const text of ['', '{', '[{]', '[1,]', '{"a":1}x', '[{}{}]', '\ufeff{}', '{"a":"\ud800', 'nul'])
    t.ok(faultsOfText(text).length > 0, JSON.stringify(text))
  t.strictSame(faultsOf(5), ['0  wrong-type'])
})

t.test('bytes that are not UTF-8 are refused', async (t) => {
  const bytes = Buffer.from(JSON.stringify(aStatement({ result: { response: 'é' } })), 'latin1')

  t.equal(scan(bytes).form, 'unreadable')
})

t.test('each statement is cut out of the batch byte for byte', async (t) => {
  const pieces = ['{"a":"]}\\"{,"}', ' {"b":[1,{"c":"\\\\"}]}'.trim(), '{"d":"\u4e2d\u6587"}']
  const body = Buffer.from(`\n[ ${pieces.join(' ,\t')} ]\r\n`)

  const cut = scan(body)

  t.strictSame(
    cut.form === 'batch' && cut.cuts.map(({ start, end }) => body.subarray(start, end).toString()),
    pieces,
  )
})

const sealed: [string, Json, string][] = [
  [
    'in an account name',
    { actor: { account: { homePage: 'https://a.example', name: '990101198001010014' } } },
    '/actor/account/name',
  ],
  [
    'in a response',
    { result: { response: '号 ９９０１０２１９８５０６１５０１８２。' } },
    '/result/response',
  ],
  ['in an id in a URL', { object: { id: 'https://a.example/u/990103199007080133/x' } }, '/object/id'],
  [
    'in an extension',
    { result: { extensions: { 'x:a': ['990101198001010014'] } } },
    '/result/extensions/x:a/0',
  ],
  ['as a number', { result: { extensions: { 'x:a': 'NUMBER' } } }, ''],
]
for (const [name, changes, pointer] of sealed)
  t.test(`4.3 an identity number is refused ${name}, and never repeated`, async (t) => {
    const text = JSON.stringify(aStatement(changes)).replace('"NUMBER"', '990101198001010014')

    t.strictSame(faultsOfText(text), [`0 ${pointer} pii-in-statement`])
  })

t.test('4.3 eighteen digits that are no identity number are accepted', async (t) => {
  t.strictSame(faultsOf(aStatement({ result: { response: '990101198001010015 123456789012345678' } })), [])
})

t.test('every fault is explained in docs/problems.md, in the words of the answer', async (t) => {
  const problems = readFileSync(join(projectRoot, 'docs/problems.md'), 'utf8')
  const unexplained = Object.entries(faultCodes).filter(
    ([code, detail]) => !problems.includes(`| ${code} | ${detail} |`),
  )

  t.strictSame(unexplained, [])
})
