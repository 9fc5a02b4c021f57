import t from 'tap'
import { membersOf, merged } from '../../xapi-bridge/documents/merge.ts'
import { requireExpected } from '../../xapi-bridge/documents/precondition.ts'

function merge(existing: string, posted: string): string {
  const [before, after] = [membersOf(Buffer.from(existing)), membersOf(Buffer.from(posted))]
  if (!before || !after) throw new Error('no objects')
  return merged(before, after).toString()
}

const merges: [string, string, string, string][] = [
  [
    'a new member is added, others stay',
    '{"x":"foo","y":"bar"}',
    '{"x":"bash","z":"faz"}',
    '{"x":"bash","y":"bar","z":"faz"}',
  ],
  ['a member is replaced whole, one level deep', '{"a":{"b":1,"c":2}}', '{"a":{"b":3}}', '{"a":{"b":3}}'],
  ['nothing posted changes nothing', '{"a":1}', '{}', '{"a":1}'],
  ['into nothing', ' { } ', '{"a":[]}', '{"a":[]}'],
  ['null is a value', '{"a":1,"b":2}', '{"a":null}', '{"a":null,"b":2}'],
  [
    '__proto__ is a name like others',
    '{"__proto__":{"x":1},"a":1}',
    '{"__proto__":2,"constructor":3}',
    '{"__proto__":2,"a":1,"constructor":3}',
  ],
  ['of a name that stands twice the last one counts', '{"a":1,"a":2}', '{"b":1,"b":[2]}', '{"a":2,"b":[2]}'],
  [
    'numbers keep their digits',
    '{"a":12345678901234567890.10}',
    '{"b":1E400}',
    '{"a":12345678901234567890.10,"b":1E400}',
  ],
  ['an escaped name is the same name', '{"a":1}', '{"\\u0061":2}', '{"a":2}'],
  [
    'strings may hold what looks like structure',
    '{"a":"},{\\"b\\":[","c":"\\\\"}',
    '{"d":": ,"}',
    '{"a":"},{\\"b\\":[","c":"\\\\","d":": ,"}',
  ],
  [
    'blanks around values go',
    '{ "a" : [ 1 , 2 ] ,\n"b" : { "c" : 3 } }',
    '{\t"d":\r\n4}',
    '{"a":[ 1 , 2 ],"b":{ "c" : 3 },"d":4}',
  ],
  ['Chinese names', '{"进度":"25%"}', '{"进度":"50%"}', '{"进度":"50%"}'],
]
for (const [name, existing, posted, expected] of merges)
  t.test(`2.4 merge: ${name}`, async (t) => {
    t.equal(merge(existing, posted), expected)
  })

const noObjects: [string, Buffer][] = [
  ['a list', Buffer.from('[1]')],
  ['null', Buffer.from('null')],
  ['a string', Buffer.from('"a"')],
  ['nothing', Buffer.alloc(0)],
  ['an object with something after it', Buffer.from('{"a":1}{')],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
]
for (const [name, bytes] of noObjects)
  t.test(`2.4 merge: ${name} is no object`, async (t) => {
    t.equal(membersOf(bytes), null)
  })

t.test('2.4 merge: a document may nest very deep', async (t) => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`

  t.equal(merge(`{"a":${deep}}`, '{"b":1}'), `{"a":${deep},"b":1}`)
})

const etag = 'da39a3ee5e6b4b0d3255bfef95601890afd80709'
const other = '0000000000000000000000000000000000000000'
const preconditions: [string, { ifMatch?: string; ifNoneMatch?: string }, string | null, boolean][] = [
  ['no precondition, a document', {}, etag, true],
  ['no precondition, none', {}, null, true],
  ['If-Match its tag', { ifMatch: `"${etag}"` }, etag, true],
  ['If-Match a list with its tag', { ifMatch: `"${other}", "${etag}"` }, etag, true],
  ['If-Match its digest without quotes', { ifMatch: etag }, etag, true],
  ['If-Match its tag, weakened by a proxy', { ifMatch: `W/"${etag}"` }, etag, true],
  ['If-Match another tag', { ifMatch: `"${other}"` }, etag, false],
  ['If-Match nothing', { ifMatch: '' }, etag, false],
  ['If-Match a tag, and there is no document', { ifMatch: `"${etag}"` }, null, false],
  ['If-Match *, a document', { ifMatch: '*' }, etag, true],
  ['If-Match *, none', { ifMatch: '*' }, null, false],
  ['If-None-Match *, none', { ifNoneMatch: '*' }, null, true],
  ['If-None-Match *, a document', { ifNoneMatch: '*' }, etag, false],
  ['If-None-Match its tag', { ifNoneMatch: `"${etag}"` }, etag, false],
  ['If-None-Match another tag', { ifNoneMatch: `"${other}"` }, etag, true],
  ['both, one fails', { ifMatch: `"${etag}"`, ifNoneMatch: '*' }, etag, false],
]
for (const [name, said, standing, holds] of preconditions)
  t.test(`2.4 precondition: ${name} ${holds ? 'holds' : 'fails'}`, async (t) => {
    const ask = () => requireExpected(said, standing)

    if (holds) t.doesNotThrow(ask)
    else t.throws(ask, { code: 'precondition-failed' })
  })
