import fc from 'fast-check'
import t from 'tap'
import { boundaryOf, mediaTypeOf, multipartBody, partsOf } from '../../xapi-bridge/language/multipart.ts'

const boundaries: [string, string | null][] = [
  ['multipart/mixed; boundary=-------314159265358979323846', '-------314159265358979323846'],
  ['multipart/mixed; boundary="a b:c"', 'a b:c'],
  ['multipart/mixed;boundary="quoted\\"no"', null],
  ['multipart/mixed; charset=utf-8; BOUNDARY=x ; foo=bar', 'x'],
  ['multipart/mixed', null],
  ['multipart/mixed;', null],
  ['multipart/mixed; boundary=', null],
  ['multipart/mixed; boundary=""', null],
  [`multipart/mixed; boundary=${'x'.repeat(70)}`, 'x'.repeat(70)],
  [`multipart/mixed; boundary=${'x'.repeat(71)}`, null],
  ['multipart/mixed; boundary=a\u00e9', null],
]

for (const [header, boundary] of boundaries) {
  t.test(`the boundary of ${header.slice(0, 60)} is ${boundary?.slice(0, 30) ?? 'none'}`, async (t) => {
    t.equal(boundaryOf(header), boundary)
  })
}

t.test('a media type is read without case and parameters', async (t) => {
  t.equal(mediaTypeOf('Multipart/Mixed ; boundary=x'), 'multipart/mixed')
  t.equal(mediaTypeOf(undefined), '')
})

const read = (text: string, options = {}) =>
  partsOf(Buffer.from(text, 'latin1'), 'b', options)?.map(({ headers, body }) => ({
    ...Object.fromEntries(headers),
    body: body.toString('latin1'),
  })) ?? null

const bodies: { name: string; text: string; parts: unknown }[] = [
  {
    name: 'parts with headers in any case, folded ones, and content with line ends',
    text: '--b\r\nContent-Type:application/json\r\nX-Long: one\r\n two\r\n\r\n{}\r\n\r\n--b\r\nA: 1\r\n\r\nx\r\ny\r\n--b--\r\n',
    parts: [
      { 'content-type': 'application/json', 'x-long': 'one two', body: '{}\r\n' },
      { a: '1', body: 'x\r\ny' },
    ],
  },
  {
    name: 'text before the first boundary and after the last one is passed over',
    text: 'hello\r\n--b\r\nA: 1\r\n\r\nx\r\n--b--\r\nbye --b\r\n',
    parts: [{ a: '1', body: 'x' }],
  },
  {
    name: 'a boundary may be followed by blanks',
    text: '--b \t\r\nA: 1\r\n\r\nx\r\n--b--',
    parts: [{ a: '1', body: 'x' }],
  },
  {
    name: 'a line that begins like a boundary and goes on is content',
    text: '--b\r\nA: 1\r\n\r\n--bx\r\n--b--',
    parts: [{ a: '1', body: '--bx' }],
  },
  { name: 'a part may have no headers', text: '--b\r\n\r\nx\r\n--b--', parts: [{ body: 'x' }] },
  {
    name: 'a part may be empty, with headers or without',
    text: '--b\r\nA: 1\r\n\r\n\r\n--b\r\nA: 2\r\n--b\r\n\r\n--b--',
    parts: [{ a: '1', body: '' }, { a: '2', body: '' }, { body: '' }],
  },
  {
    name: 'lines may end with LF throughout; then a CR belongs to the content',
    text: '--b\nA: 1\n\nx\r\n--b\nA: 2\n\ny\n--b--\n',
    parts: [
      { a: '1', body: 'x\r' },
      { a: '2', body: 'y' },
    ],
  },
  {
    name: 'LF alone is content where lines end with CRLF',
    text: '--b\r\nA: 1\r\n\r\nx\n--b\r\ny\r\n--b--',
    parts: [{ a: '1', body: 'x\n--b\r\ny' }],
  },
  {
    name: 'a header that stands twice says two things',
    text: '--b\r\nA: 1\r\na: 2\r\n\r\n\r\n--b--',
    parts: [{ a: '1, 2', body: '' }],
  },
  { name: 'without a closing boundary it is none', text: '--b\r\nA: 1\r\n\r\nx\r\n', parts: null },
  { name: 'without any boundary it is none', text: 'A: 1\r\n\r\nx\r\n', parts: null },
  { name: 'without parts it is none', text: '--b--\r\n', parts: null },
  { name: 'a header without a name makes it none', text: '--b\r\n: 1\r\n\r\nx\r\n--b--', parts: null },
  { name: 'a header without a colon makes it none', text: '--b\r\nA 1\r\n\r\nx\r\n--b--', parts: null },
  {
    name: 'endless headers make it none',
    text: `--b\r\nA: ${'x'.repeat(20_000)}\r\n\r\n\r\n--b--`,
    parts: null,
  },
  { name: 'nothing is none', text: '', parts: null },
]

for (const { name, text, parts } of bodies) {
  t.test(name, async (t) => {
    t.strictSame(read(text), parts)
  })
}

t.test('a boundary in the middle of a line counts only when asked for', async (t) => {
  const text = '--b\r\nA: 1\r\n\r\nx--b\r\nA: 2\r\n\r\ny\r\n--b--'

  t.strictSame(read(text), [{ a: '1', body: 'x--b\r\nA: 2\r\n\r\ny' }])
  t.strictSame(read(text, { loose: true }), [
    { a: '1', body: 'x' },
    { a: '2', body: 'y' },
  ])
})

t.test('whatever bytes are put together come apart again', async () => {
  const bytes = fc.uint8Array({ maxLength: 60 })
  const nasty = fc
    .array(fc.constantFrom('\r', '\n', '--', 'b', '--b', '\r\n--', ' ', 'x'))
    .map((words) => new Uint8Array(Buffer.from(words.join(''))))
  fc.assert(
    fc.property(fc.array(fc.oneof(bytes, nasty), { minLength: 1, maxLength: 5 }), (contents) => {
      const boundary = 'x-0f3a55b1c2'
      const parts = contents.map((body, n) => ({ headers: [`N: ${n}`], body }))
      const found = partsOf(multipartBody(boundary, parts), boundary)
      return (
        found?.length === contents.length &&
        found.every(
          ({ headers, body }, n) => headers.get('n') === `${n}` && body.equals(contents[n] as Uint8Array),
        )
      )
    }),
    { numRuns: 500 },
  )
})

t.test('no bytes make it fail', async () => {
  const words = fc.constantFrom('\r\n', '\n', '\r', '--b', '--b--', 'A: 1', ':', ' ', 'x', '\r\n\r\n')
  fc.assert(
    fc.property(fc.array(words, { maxLength: 30 }), fc.boolean(), (list, loose) => {
      const found = partsOf(Buffer.from(list.join('')), 'b', { loose })
      return found === null || found.length > 0
    }),
    { numRuns: 2000 },
  )
})
