import t from 'tap'
import { aMultipart, anAttachment, aPart } from './attachment-examples.ts'
import { aConformanceScene, said, versions } from './conformance-scene.ts'
import type { Json } from './statement-examples.ts'

const { ask } = await aConformanceScene(t)

const { declared, part } = anAttachment('bytes')
const statement = said({ attachments: [declared] })
const reachable = said({ attachments: [{ ...declared, fileUrl: 'https://example.com/file' }] })
const whole = aMultipart(statement, [part])

const statusesOf = async (body: unknown, type: string) => {
  const statuses: number[] = []
  for (const version of versions)
    statuses.push(
      (await ask({ method: 'POST', body, headers: { 'content-type': type }, version })).statusCode,
    )
  return statuses
}
const changed = (change: (text: string) => string, body = whole.body) =>
  Buffer.from(change(body.toString('latin1')), 'latin1')

t.test('XAPI-00127 attachments come as multipart/mixed, or as JSON with an address', async (t) => {
  t.strictSame(await statusesOf(whole.body, whole.type), [200, 200])
  t.strictSame(await statusesOf(JSON.stringify(reachable), 'application/json'), [200, 200])
  const form = whole.type.replace('mixed', 'form-data')
  t.strictSame(await statusesOf(whole.body, form), [400, 400])
  t.strictSame(await statusesOf(JSON.stringify(reachable), form), [400, 400])
})

t.test('XAPI-00127 under 2.0.0 multipart needs no part but the first', async (t) => {
  for (const one of [said(), reachable]) {
    const { body, type } = aMultipart(one, [])
    const answer = await ask({ method: 'POST', body, headers: { 'content-type': type }, version: '2.0.0' })
    t.equal(answer.statusCode, 200)
  }
})

t.test(
  'XAPI-00127 a length that is not that of the bytes passes in this profile alone, the hash being right',
  async (t) => {
    const { body, type } = aMultipart(said({ attachments: [{ ...declared, length: 4 }] }), [part])
    t.strictSame(await statusesOf(body, type), [200, 200])
  },
)

const wrong: [string, Buffer, string][] = [
  ['XAPI-00128 a part that no attachment declares', aMultipart(said(), [part]).body, whole.type],
  [
    'XAPI-00130 XAPI-00131 a body without its boundary',
    changed((text) => text.replaceAll('---------314159265358979323846', '')),
    whole.type,
  ],
  ['XAPI-00130 a boundary that is not named', whole.body, 'multipart/mixed'],
  [
    'XAPI-00132 a part without its hash',
    changed((text) => text.replace(/X-Experience-API-Hash: .*\r\n/, '')),
    whole.type,
  ],
  [
    'XAPI-00132 a part with a hash that nothing declares',
    aMultipart(statement, [aPart('bytes', 'b'.repeat(64))]).body,
    whole.type,
  ],
  [
    'XAPI-00133 statements in more than the first part',
    aMultipart([statement], [`Content-Type: application/json\r\n\r\n${JSON.stringify([said()])}`, part]).body,
    whole.type,
  ],
  [
    'XAPI-00134 a first part that is not JSON',
    changed((text) => text.replace('application/json', 'image/jpeg')),
    whole.type,
  ],
  [
    'XAPI-00135 a part that is not binary',
    changed((text) => text.replace('Content-Transfer-Encoding: binary\r\n', '')),
    whole.type,
  ],
]
for (const [name, body, type] of wrong)
  t.test(`${name} is 400`, async (t) => {
    t.strictSame(await statusesOf(body, type), [400, 400])
  })

t.test('XAPI-00129 JSON with an attachment that is nowhere is 400', async (t) => {
  const without: Json[] = [
    statement,
    said({ attachments: [declared, { ...declared, fileUrl: 'https://example.com' }] }),
  ]
  for (const one of without)
    t.strictSame(await statusesOf(JSON.stringify(one), 'application/json'), [400, 400])
})
