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
  voidedVerb,
  without,
} from './conformance-scene.ts'
import type { Json } from './statement-examples.ts'

const notMaps = [5, 'text']
const interactions = [
  'true-false',
  'choice',
  'fill-in',
  'long-fill-in',
  'matching',
  'performance',
  'sequencing',
  'likert',
  'numeric',
  'other',
]
const components = [{ id: 'a', description: { en: 'A' } }]
/** The lists of components, each with the interactions that may have it. */
const lists: [string, string[]][] = [
  ['choices', ['choice', 'sequencing']],
  ['scale', ['likert']],
  ['source', ['matching']],
  ['target', ['matching']],
  ['steps', ['performance']],
]
const objects = (...changed: unknown[]) => both(...changed.map((object) => ({ object })))
const subStatement: Json = { objectType: 'SubStatement', ...said() }
const extended = (extensions: unknown) => [
  ...defined({ extensions }),
  ...both({ result: { extensions } }, { context: { extensions } }),
]
const values = [true, 5, 'text', '', null, {}, [], { key: 'value' }]

/** What it asks of verbs and objects, SubStatements and extensions. */
export const ofObjects: Requirement[] = [
  {
    name: 'XAPI-00044 a verb has an id, an IRI',
    refuses: both(
      { verb: without(verb, 'id') },
      { verb: { ...verb, id: 'x' } },
      { verb: { ...verb, id: 5 } },
    ),
  },
  {
    name: 'XAPI-00045 the display of a verb is a language map',
    takes: both({ verb }),
    refuses: both(...notMaps.map((display) => ({ verb: { ...verb, display } }))),
  },
  {
    name: 'XAPI-00046 the type of an object is one of five, in this case',
    takes: [
      ...objects(activity, agent, group, reference, without(activity, 'objectType')),
      said({ object: subStatement }),
    ],
    refuses: [
      ...objects(
        { ...activity, objectType: 'activity' },
        { ...agent, objectType: 'agent' },
        { ...group, objectType: 'group' },
        { ...reference, objectType: 'statementref' },
      ),
      said({ object: { ...subStatement, objectType: 'substatement' } }),
    ],
  },
  {
    name: 'XAPI-00047 an activity has an id, an IRI',
    refuses: objects(without(activity, 'id'), { ...activity, id: 'x' }, { ...activity, id: 5 }),
  },
  {
    name: 'XAPI-00048 a definition is an object',
    takes: defined({}),
    refuses: defined('text', 5, []),
  },
  {
    name: 'XAPI-00049 an interaction is of one of ten types',
    takes: defined(...interactions.map((interactionType) => ({ interactionType }))),
    refuses: defined(
      ...['http://example.com/choice', 5, { key: 'value' }, 'text'].map((interactionType) => ({
        interactionType,
      })),
    ),
  },
  {
    name: 'XAPI-00056 the name of an activity is a language map',
    takes: defined({ name: { en: 'n' } }),
    refuses: defined(...notMaps.map((name) => ({ name }))),
  },
  {
    name: 'XAPI-00059 the description of an activity is a language map',
    takes: defined({ description: { en: 'd' } }),
    refuses: defined(...notMaps.map((description) => ({ description }))),
  },
  {
    name: 'XAPI-00060 the type of an activity is an IRI',
    takes: defined({ type: 'http://example.com/type' }),
    refuses: defined({ type: 'x' }, { type: 5 }),
  },
  {
    name: 'XAPI-00061 moreInfo of an activity is an IRL',
    takes: defined({ moreInfo: 'http://example.com/more' }),
    refuses: defined({ moreInfo: 'x' }, { moreInfo: 5 }),
  },
  {
    name: 'XAPI-00057 extensions of an activity are an object with IRIs as keys',
    takes: defined({ extensions: { 'http://example.com/e': 1 } }),
    refuses: defined({ extensions: 'text' }, { extensions: { key: 1 } }),
  },
  {
    name: 'XAPI-00064 what describes an interaction comes with its type',
    takes: defined(
      { interactionType: 'choice', correctResponsesPattern: ['a'] },
      ...lists.flatMap(([list, types]) =>
        types.map((interactionType) => ({ interactionType, [list]: components })),
      ),
    ),
    refuses: defined(
      { correctResponsesPattern: ['a'] },
      ...lists.map(([list]) => ({ [list]: components })),
      ...lists.flatMap(([list]) => ({ interactionType: 'numeric', [list]: components })),
    ),
  },
  {
    name: 'XAPI-00066 a SubStatement is said as a statement is',
    takes: [saidOf(), saidOf({ result: { success: true }, context: { language: 'en' } })],
    refuses: [
      ...['actor', 'verb', 'object'].map((name) => said({ object: without(subStatement, name) })),
      saidOf({ actor: {} }),
      saidOf({ result: { success: 'yes' } }),
      saidOf({ timestamp: 'yesterday' }),
    ],
  },
  { name: 'XAPI-00067 a SubStatement has no authority', refuses: [saidOf({ authority: agent })] },
  { name: 'XAPI-00068 a SubStatement has no version', refuses: [saidOf({ version: '1.0.0' })] },
  {
    name: 'XAPI-00069 a SubStatement has no stored',
    refuses: [saidOf({ stored: '2026-03-02T10:15:30.000Z' })],
  },
  { name: 'XAPI-00070 a SubStatement has no id', refuses: [saidOf({ id: reference.id })] },
  { name: 'XAPI-00071 a SubStatement holds no other', refuses: [saidOf({ object: subStatement })] },
  {
    name: 'XAPI-00072 a StatementRef has an id, a UUID',
    refuses: objects(without(reference, 'id'), { ...reference, id: 'x' }, { ...reference, id: 5 }),
  },
  {
    name: 'XAPI-00073 a StatementRef is one by its type',
    takes: objects(reference),
    refuses: objects({ ...reference, objectType: 'StatementReference' }, { id: reference.id }),
  },
  {
    name: 'XAPI-00017 XAPI-00019 XAPI-00020 a voiding statement names another by a StatementRef',
    takes: [said({ verb: voidedVerb, object: reference })],
    refuses: [
      said({ verb: voidedVerb }),
      said({ verb: voidedVerb, object: { ...reference, objectType: 'Activity' } }),
      said({ verb: voidedVerb, object: { ...subStatement, object: reference } }),
    ],
  },
  {
    name: 'XAPI-00118 the key of an extension is an IRI',
    refuses: extended({ key: 1 }),
  },
  {
    name: 'XAPI-00119 an extension may be empty or null',
    takes: [
      ...extended({}),
      ...['', null, {}].flatMap((value) => extended({ 'http://example.com/e': value })),
    ],
  },
  {
    name: 'XAPI-00120 extensions are an object, their values anything',
    takes: values.flatMap((value) => extended({ 'http://example.com/e': value })),
    refuses: [5, 'text', true, []].flatMap(extended),
  },
]
