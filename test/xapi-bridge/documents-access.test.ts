import t from 'tap'
import { freshGround } from '../support/ground.ts'
import {
  aDocumentSpeaker,
  anActivityProfile,
  anAgent,
  aRestrictedSpeaker,
  aState,
  resources,
  speakingOfDocuments,
} from './documents-examples.ts'
import { aSpeaker } from './statement-examples.ts'

const ground = await freshGround(t)
const speaker = await aDocumentSpeaker(t, ground)
const { ask, create } = speaker
const state = '/activities/state'

t.test('4.1 another store sees and touches nothing', async (t) => {
  const stranger = speakingOfDocuments(await aSpeaker(speaker.app, ground))
  for (const [name, path, fresh] of resources) {
    const params = fresh()
    const { stateId: _, profileId: __, ...subject } = params
    await create(path, params, { body: { a: 1 } })

    t.equal((await stranger.ask('GET', path, params)).statusCode, 404, name)
    t.strictSame((await stranger.ask('GET', path, subject)).json(), [], name)
    await stranger.ask('DELETE', path, params)
    await stranger.create(path, params, { body: { b: 1 } })
    t.strictSame((await ask('GET', path, params)).json(), { a: 1 }, name)
  }
})

const scopes: [string, 'state' | 'profile', string, number][] = [
  ['state', 'state', 'GET', 200],
  ['state', 'state', 'PUT', 204],
  ['state', 'profile', 'GET', 403],
  ['profile', 'profile', 'PUT', 204],
  ['profile', 'state', 'GET', 403],
  ['all/read', 'state', 'GET', 200],
  ['all/read', 'state', 'HEAD', 200],
  ['all/read', 'state', 'PUT', 403],
  ['all/read', 'state', 'DELETE', 403],
  ['all/read', 'profile', 'GET', 200],
  ['all', 'profile', 'POST', 204],
  ['statements/write statements/read', 'state', 'GET', 403],
]
for (const [granted, about, method, status] of scopes)
  t.test(`4.2 ${granted} makes ${method} of a ${about} ${status}`, async (t) => {
    const other = await aRestrictedSpeaker(speaker, ground, granted)
    const { stateId: _, ...all } = aState()
    const [path, params, subject] =
      about === 'state'
        ? [state, aState(), all]
        : ['/activities/profile', anActivityProfile(), { activityId: all.activityId as string }]
    const isRead = method === 'GET' || method === 'HEAD'
    const isWrite = method === 'PUT' || method === 'POST'
    const body = isWrite ? { body: { a: 1 }, headers: { 'if-none-match': '*' } } : {}

    const answer = await other.ask(method, path, isRead ? subject : params, body)

    t.equal(answer.statusCode, status)
  })

// Impossible area codes: nobody has these numbers.
const number = '990101199001011230'
t.test(
  '4.6 an identity number stops a document, wherever it stands; the answer does not repeat it',
  async (t) => {
    const escaped = number.replace('9', '\\u0039')
    const held: [string, Record<string, string>, Parameters<typeof ask>[3]][] = [
      ['as JSON', aState(), { body: { id: number } }],
      ['as an escaped string', aState(), { body: `{"id":"${escaped}"}`, type: 'application/json' }],
      ['as a number', aState(), { body: `{"id":${number}}`, type: 'application/json' }],
      ['as text', aState(), { body: `身份证 ${number}`, type: 'text/plain' }],
      [
        'as GBK',
        aState(),
        { body: Buffer.concat([Buffer.from([0xd0, 0xd5]), Buffer.from(number)]), type: 'text/plain' },
      ],
      ['as UTF-16', aState(), { body: Buffer.from(number, 'utf16le'), type: 'text/plain' }],
      ['in what only bears the name of a hash', aState(), { body: { sha2: number } }],
      ['in the content type', aState(), { body: 'x', type: `text/plain; name=${number}` }],
      ['in the id', aState({ stateId: `s-${number}` }), { body: { a: 1 } }],
      ['in the agent', aState({ agent: anAgent({ name: number }) }), { body: { a: 1 } }],
      ['in the activity', aState({ activityId: `https://x.example/${number}` }), { body: { a: 1 } }],
    ]
    for (const [where, params, wish] of held)
      for (const method of ['PUT', 'POST']) {
        const answer = await ask(method, state, params, wish)
        t.equal(answer.statusCode, 400, where)
        t.equal(answer.json().code, 'pii-in-document', where)
        t.notMatch(answer.body, number)
      }
    const hidden = await ask('PUT', state, aState(), { body: { sha2: number.padEnd(64, 'a') } })
    t.equal(hidden.statusCode, 204, 'digits of a hash mean nothing')
  },
)

t.test('4.6 the conformance profile and binary contents are not looked at', async (t) => {
  const free = speakingOfDocuments(await aSpeaker(speaker.app, ground, { profile: 'conformance' }))
  const binary = Buffer.concat([Buffer.from([0xff, 0xfe, 0x00]), Buffer.from(number)])

  t.equal((await free.ask('PUT', state, aState(), { body: { id: number } })).statusCode, 204)
  t.equal((await ask('PUT', state, aState(), { body: binary, type: 'image/png' })).statusCode, 204)
})
