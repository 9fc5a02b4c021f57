import { createHash, randomUUID } from 'node:crypto'

type Json = Record<string, unknown>

const adl = 'http://adlnet.gov/expapi'
const person = { objectType: 'Agent', account: { homePage: 'https://lms.example', name: 'u1' } }
const activity = { objectType: 'Activity', id: 'https://lms.example/course/A' }
const verb = { id: `${adl}/verbs/completed`, display: { 'zh-CN': '完成', en: 'completed' } }

function saying(changes: Json = {}): Json {
  return { actor: person, verb, object: activity, ...changes }
}

const attachment = {
  usageType: 'https://lms.example/usage',
  display: { en: 'a file' },
  contentType: 'text/plain',
  length: 5,
  sha2: createHash('sha256').update('hello').digest('hex'),
}

const sayings: (() => Json)[] = [
  () => saying(),
  () =>
    saying({
      actor: {
        objectType: 'Group',
        name: '二班',
        member: [{ mbox: 'mailto:a@lms.example' }, { openid: 'https://id.example/b' }],
      },
    }),
  () => saying({ actor: { mbox_sha1sum: 'a'.repeat(40) }, timestamp: '2026-03-02T10:15:30.123456+08:00' }),
  () =>
    saying({
      result: {
        score: { scaled: 0.86, raw: 86, min: 0, max: 100 },
        success: true,
        completion: true,
        response: '好',
        duration: 'P1DT2H3M4.5S',
        extensions: { 'https://lms.example/ext/x': { deep: [1, null, 'two'] } },
      },
    }),
  () =>
    saying({
      context: {
        registration: randomUUID(),
        instructor: { mbox: 'mailto:i@lms.example' },
        team: { objectType: 'Group', account: { homePage: 'https://lms.example', name: 'team' } },
        contextActivities: { parent: [activity], grouping: activity, other: [] },
        revision: '3',
        platform: 'P',
        language: 'zh-CN',
        statement: { objectType: 'StatementRef', id: randomUUID() },
        extensions: { 'https://lms.example/ext/y': 1 },
      },
    }),
  () =>
    saying({
      object: {
        id: 'https://lms.example/q/1',
        definition: {
          type: `${adl}/activities/cmi.interaction`,
          name: { en: 'q' },
          interactionType: 'choice',
          correctResponsesPattern: ['a[,]b'],
          choices: [
            { id: 'a', description: { en: 'A' } },
            { id: 'b', description: { en: 'B' } },
          ],
          extensions: { 'https://lms.example/ext/z': '1' },
        },
      },
    }),
  () => saying({ object: { objectType: 'StatementRef', id: randomUUID() } }),
  () =>
    saying({ verb: { id: `${adl}/verbs/voided` }, object: { objectType: 'StatementRef', id: randomUUID() } }),
  () =>
    saying({
      object: {
        objectType: 'SubStatement',
        ...saying({ context: { contextActivities: { category: activity } } }),
      },
    }),
  () => saying({ attachments: [{ ...attachment, fileUrl: 'https://lms.example/f' }] }),
  () =>
    saying({
      object: { objectType: 'Agent', openid: 'https://id.example/x' },
      context: {
        contextAgents: [{ objectType: 'contextAgent', agent: person, relevantTypes: [activity.id] }],
      },
    }),
]

/** A valid statement of one of many shapes, with an id of its own. The last shape is valid under 2.0.0 only. */
export function validStatement(shape: number): Json {
  return { id: randomUUID(), ...(sayings[shape % sayings.length] as () => Json)() }
}

/** How many shapes there are. */
export const shapes = sayings.length

/** A statement whose attachment's bytes come beside it, and those bytes. */
export function withAttachment(): { statement: Json; bytes: Buffer; sha2: string } {
  const bytes = Buffer.from(randomUUID())
  const sha2 = createHash('sha256').update(bytes).digest('hex')
  const statement = {
    id: randomUUID(),
    ...saying({ attachments: [{ ...attachment, length: bytes.length, sha2 }] }),
  }
  return { statement, bytes, sha2 }
}
