import {
  activity,
  agent,
  both,
  defined,
  group,
  type Requirement,
  reference,
  said,
  saidOf,
  verb,
} from './conformance-scene.ts'
import type { Json } from './statement-examples.ts'

const results = (...changed: Json[]) => both(...changed.map((result) => ({ result })))
const scores = (...changed: unknown[]) => both(...changed.map((score) => ({ result: { score } })))
const contexts = (...changed: unknown[]) => both(...changed.map((context) => ({ context })))
const durations = (...changed: unknown[]) => both(...changed.map((duration) => ({ result: { duration } })))
const timestamps = (...changed: unknown[]) => both(...changed.map((timestamp) => ({ timestamp })))
const related = (contextActivities: unknown) => contexts({ contextActivities })
const uuids = (id: unknown) => [
  said({ id }),
  ...both({ object: { ...reference, id } }, { context: { registration: id } }),
  ...contexts({ statement: { ...reference, id } }),
]
const attachment = {
  usageType: 'http://example.com/usage',
  display: { en: 'd' },
  description: { en: 'd' },
  contentType: 'text/plain',
  length: 3,
  sha2: 'a'.repeat(64),
  fileUrl: 'https://example.com/file',
}
const attached = (...changed: Json[]) =>
  changed.map((change) => said({ attachments: [{ ...attachment, ...change }] }))
const relations = ['parent', 'grouping', 'category', 'other']
const otherObjects = [agent, group, reference]
const maps = (map: Json) => [
  ...both({ verb: { ...verb, display: map } }),
  ...defined({ name: map }, { description: map }),
  ...defined({ interactionType: 'choice', choices: [{ id: 'a', description: map }] }),
  ...attached({ display: map }, { description: map }),
]
const goodLanguages = ['de', 'cmn', 'de-DE', 'zh-Hant', 'es-419', 'sr-Latn-RS', 'zh-Hans-CN', 'sr-Cyrl']
const badLanguages = ['a12345678', 'de-a', 'de_DE', '1']

/** What it asks of results, contexts, timestamps, ids, attachments and languages. */
export const ofValues: Requirement[] = [
  {
    name: 'XAPI-00074 success is a boolean',
    takes: results({ success: true }, { success: false }),
    refuses: results({ success: 'true' }, { success: 'false' }, { success: 1 }),
  },
  {
    name: 'XAPI-00075 completion is a boolean',
    takes: results({ completion: true }),
    refuses: results({ completion: 'true' }, { completion: 'false' }),
  },
  {
    name: 'XAPI-00076 response is text',
    takes: results({ response: '' }, { response: 'r' }),
    refuses: results({ response: 5 }, { response: {} }),
  },
  {
    name: 'XAPI-00078 extensions of a result are an object',
    takes: results({ extensions: {} }),
    refuses: results({ extensions: 5 }, { extensions: 'text' }),
  },
  { name: 'XAPI-00079 a score is an object', takes: scores({}), refuses: scores(5, 'text') },
  {
    name: 'XAPI-00080 max is a number above min',
    takes: scores({ max: 10.1234567 }, { max: 1, min: 0 }),
    refuses: scores({ max: 'x' }, { max: 1, min: 1.5 }),
  },
  {
    name: 'XAPI-00081 min is a number below max',
    takes: scores({ min: -1.5 }),
    refuses: scores({ min: 'x' }, { min: 1.5, max: 1 }),
  },
  {
    name: 'XAPI-00082 raw is a number from min to max',
    takes: scores({ raw: 1.5 }, { raw: 1, min: 1, max: 2 }, { raw: 2, min: 1, max: 2 }),
    refuses: scores({ raw: 2.1, min: 1, max: 2 }, { raw: 0.9, min: 1, max: 2 }, { raw: 'x' }),
  },
  {
    name: 'XAPI-00083 scaled is a number from -1 to 1',
    takes: [...scores({ scaled: 0.5 }), ...['1.0', '-1.0000'].map(scaledText)],
    refuses: scores({ scaled: 1.01 }, { scaled: -1.00001 }, { scaled: '1' }),
  },
  {
    name: 'XAPI-00077 XAPI-00124 a duration is ISO 8601 with designators',
    takes: durations('PT4H35M59.14S', 'PT16559.14S', 'P3Y1M29DT4H35M59.14S', 'P3Y', 'P4W', 'PT0S'),
    refuses: durations('x', 5, {}, 'P', 'PT', 'P4W1D', 'P0003-06-04T12:30:05', '2 hours'),
  },
  {
    name: 'XAPI-00084 a revision belongs to an activity',
    takes: both({ context: { revision: 'r' } }),
    refuses: [
      ...both(...otherObjects.map((object) => ({ object, context: { revision: 'r' } }))),
      { ...saidOf(), context: { revision: 'r' } },
    ],
  },
  {
    name: 'XAPI-00085 a platform belongs to an activity',
    takes: both({ context: { platform: 'p' } }),
    refuses: [
      ...both(...otherObjects.map((object) => ({ object, context: { platform: 'p' } }))),
      { ...saidOf(), context: { platform: 'p' } },
    ],
  },
  { name: 'XAPI-00086 contextActivities are an object', refuses: related('text') },
  { name: 'XAPI-00089 a revision is text', refuses: contexts({ revision: 5 }, { revision: {} }) },
  { name: 'XAPI-00090 a platform is text', refuses: contexts({ platform: 5 }, { platform: {} }) },
  {
    name: 'XAPI-00091 a language is a tag of RFC 5646',
    takes: contexts(...goodLanguages.map((language) => ({ language }))),
    refuses: contexts({ language: 5 }, { language: {} }, ...badLanguages.map((language) => ({ language }))),
  },
  {
    name: 'XAPI-00092 the statement of a context is a StatementRef',
    takes: contexts({ statement: reference }),
    refuses: contexts(
      { statement: { ...reference, objectType: 'statementref' } },
      { statement: { ...reference, id: 'x' } },
    ),
  },
  {
    name: 'XAPI-00093 activities of a context are parent, grouping, category or other',
    takes: relations.flatMap((relation) => related({ [relation]: [activity] })),
    refuses: [...related({ sibling: [activity] }), ...related({ Parent: [activity] })],
  },
  {
    name: 'XAPI-00094 they are activities',
    takes: relations.flatMap((relation) => [
      ...related({ [relation]: activity }),
      ...related({ [relation]: [activity, { id: 'http://example.com/two' }] }),
    ]),
    refuses: relations.flatMap((relation) => [
      ...related({ [relation]: 'text' }),
      ...related({ [relation]: [agent] }),
      ...related({ [relation]: [{}] }),
    ]),
  },
  {
    name: 'XAPI-00022 XAPI-00123 a timestamp is ISO 8601 and may lie ahead',
    takes: timestamps('2026-03-02T10:15:30Z', '2026-03-02T10:15:30.123456+08:00', '2099-01-01T00:00:00.000Z'),
    refuses: timestamps(
      'yesterday',
      '',
      5,
      '01/03/2026',
      '2008-09-15T15:53:00.601-00',
      '2008-09-15T15:53:00.601-0000',
      '2008-09-15T15:53:00.601-00:00',
    ),
  },
  {
    name: 'XAPI-00123 under 1.0.3 a blank does not stand for T',
    refuses: timestamps('2008-09-15 15:53:00.601+00:00'),
    only: '1.0.3',
  },
  {
    name: 'XAPI-00123 under 2.0.0 it may, as RFC 3339 says',
    takes: timestamps('2008-09-15 15:53:00.601+00:00'),
    only: '2.0.0',
  },
  {
    name: 'XAPI-00027 XAPI-00028 XAPI-00029 XAPI-00030 ids are UUIDs in their usual form',
    refuses: [
      5,
      { key: 'value' },
      'x',
      'aa97b177-9383-4934-8543-0f91a7a028368',
      'MA97B177-9383-4934-8543-0F91A7A02836',
    ].flatMap(uuids),
  },
  {
    name: 'XAPI-00101 the version of a statement is 1.0 or 1.0.x',
    takes: ['1.0', '1.0.0', '1.0.9'].map((version) => said({ version })),
    refuses: ['x', '0.9.9', '1.1.0', 5].map((version) => said({ version })),
  },
  {
    name: 'XAPI-00025 attachments are a list',
    takes: [said({ attachments: [attachment] }), said({ attachments: [] })],
    refuses: [said({ attachments: attachment }), said({ attachments: 'x' }), said({ attachments: [5] })],
  },
  { name: 'XAPI-00102 length is an integer', refuses: attached({ length: 'x' }, { length: 1.5 }) },
  { name: 'XAPI-00103 sha2 is text', refuses: attached({ sha2: 5 }, { sha2: {} }) },
  { name: 'XAPI-00104 fileUrl is an IRL', refuses: attached({ fileUrl: 'x' }, { fileUrl: 5 }) },
  { name: 'XAPI-00105 contentType is a media type', refuses: attached({ contentType: 5 }) },
  {
    name: 'XAPI-00106 what an attachment shows is in language maps',
    refuses: attached({ display: 5 }, { display: 'x' }, { description: 5 }, { description: 'x' }),
  },
  { name: 'XAPI-00107 usageType is an IRI', refuses: attached({ usageType: 'x' }, { usageType: 5 }) },
  {
    name: 'XAPI-00013 XAPI-00121 the keys of a language map are tags of RFC 5646',
    takes: goodLanguages.flatMap((language) => maps({ [language]: 'x' })),
    refuses: badLanguages.flatMap((language) => maps({ [language]: 'x' })),
  },
]

function scaledText(number: string): string {
  return JSON.stringify(said({ result: { score: { scaled: 0 } } })).replace(
    '"scaled":0',
    `"scaled":${number}`,
  )
}
