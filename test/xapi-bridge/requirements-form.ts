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
  without,
} from './conformance-scene.ts'
import type { Json } from './statement-examples.ts'

const full: Json = {
  id: reference.id,
  ...said(),
  result: { score: { scaled: 0.5, raw: 5, min: 0, max: 10 }, success: true, duration: 'PT1H' },
  context: { registration: reference.id, contextActivities: { parent: [activity] }, language: 'en' },
  timestamp: '2026-03-02T10:15:30.000Z',
  version: '1.0.0',
  authority: agent,
}
const fresh = (changes: Json = {}) => ({ ...without(full, 'id'), ...changes })
const interactions = ['true-faLse', 'choiCe', 'fill-iN', 'long-fiLl-in', 'matchIng', 'perfOrmance']
const account = { homePage: 'https://example.com', name: 5 }
const noScheme = 'example.com/without'

/** The statement with one key in another case, at every place where a key stands. */
function inOtherCase(value: unknown): unknown[] {
  if (Array.isArray(value))
    return value.flatMap((one, n) => inOtherCase(one).map((changed) => value.with?.(n, changed) ?? [changed]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key === 'en'
      ? []
      : [{ ...without(value as Json, key), [key[0]?.toUpperCase() + key.slice(1)]: inner }]),
    ...inOtherCase(inner).map((changed) => ({ ...value, [key]: changed })),
  ])
}

/** What it asks of the form of a statement: its keys, types and text. */
export const ofForm: Requirement[] = [
  {
    name: 'XAPI-00001 null stands only in extensions',
    takes: both({ context: { extensions: { 'http://example.com/e': null } } }),
    refuses: [
      ...Object.keys(fresh()).map((name) => fresh({ [name]: null })),
      ...both(
        { actor: { ...agent, name: null } },
        { verb: { ...verb, display: null } },
        { context: { registration: null } },
        { object: { ...activity, definition: null } },
        { result: { score: null } },
      ),
    ],
  },
  { name: 'XAPI-00003 a statement has an actor', refuses: [without(fresh(), 'actor')] },
  { name: 'XAPI-00004 a statement has a verb', refuses: [without(fresh(), 'verb')] },
  { name: 'XAPI-00005 a statement has an object', refuses: [without(fresh(), 'object')] },
  {
    name: 'XAPI-00006 nothing is turned into another type',
    refuses: both(
      { result: { score: { raw: 'five' } } },
      { result: { score: { raw: '5' } } },
      { result: { success: 'yes' } },
      { result: { success: 'true' } },
      { result: { response: 5 } },
    ),
  },
  {
    name: 'XAPI-00007 what has a format keeps it; empty text does not',
    refuses: [
      ...both(
        { actor: { account } },
        { actor: { mbox: '' } },
        { verb: { id: '' } },
        { object: { id: '' } },
        { timestamp: '' },
        { result: { duration: '' } },
        { context: { registration: '' } },
        { context: { language: '' } },
      ),
      said({ id: '' }),
      said({ version: '' }),
    ],
  },
  {
    name: 'XAPI-00008 XAPI-00010 keys are known in one case only',
    takes: [fresh()],
    refuses: [...inOtherCase(fresh()), fresh({ Id: reference.id }), fresh({ extra: 1 })] as Json[],
  },
  {
    name: 'XAPI-00009 words of a list are known in one case only',
    refuses: [
      ...defined(
        ...[...interactions, 'seqUencing', 'liKert', 'nUmeric', 'Other'].map((interactionType) => ({
          interactionType,
        })),
      ),
      ...both({ actor: { ...group, objectType: 'GROUP' } }),
    ],
  },
  {
    name: 'XAPI-00011 IRIs have a scheme',
    refuses: [
      ...both(
        { verb: { id: noScheme } },
        { actor: { openid: noScheme } },
        { actor: { account: { homePage: noScheme, name: 'n' } } },
        { object: { id: noScheme } },
        { context: { extensions: { [noScheme]: 1 } } },
        { result: { extensions: { [noScheme]: 1 } } },
      ),
      ...defined({ type: noScheme }, { moreInfo: noScheme }, { extensions: { [noScheme]: 1 } }),
      ...['usageType', 'fileUrl'].map((name) =>
        said({
          attachments: [
            {
              usageType: 'http://example.com/usage',
              display: { en: 'd' },
              contentType: 'text/plain',
              length: 3,
              sha2: 'a'.repeat(64),
              fileUrl: 'https://example.com/file',
              [name]: noScheme,
            },
          ],
        }),
      ),
    ],
  },
  {
    name: 'XAPI-00014 a statement is well-formed JSON',
    takes: [JSON.stringify(said()), said(), saidOf(), fresh()],
    refuses: [
      JSON.stringify(said()).slice(0, -1),
      `${JSON.stringify(said())}}`,
      JSON.stringify(said()).replace('"verb"', 'verb'),
      JSON.stringify(said()).replace('}', ',}'),
      JSON.stringify(said()).replaceAll('"', "'"),
      JSON.stringify(said()).replace('{', '{"verb":{},'),
      '',
      'null',
      '5',
      '"text"',
      '[[]]',
    ],
  },
  {
    name: '4.2.2.5 under 2.0.0 a context names agents and groups with what they are there',
    takes: contextsOf(
      [{ objectType: 'contextAgent', agent, relevantTypes: ['http://example.com/role'] }],
      [{ objectType: 'contextGroup', group }],
    ),
    refuses: [
      ...wrongRelations('contextAgent', 'agent', agent).flatMap((one) => contextsOf([one], [])),
      ...wrongRelations('contextGroup', 'group', group).flatMap((one) => contextsOf([], [one])),
    ],
    only: '2.0.0',
  },
  {
    name: '4.2.2.5 under 1.0.3 nothing of that is known',
    refuses: contextsOf([{ objectType: 'contextAgent', agent }], []),
    only: '1.0.3',
  },
]

function contextsOf(contextAgents: Json[], contextGroups: Json[]): Json[] {
  return both({ context: { contextAgents, contextGroups } })
}

function wrongRelations(objectType: string, name: string, actor: Json): Json[] {
  const right = { objectType, [name]: actor }
  return [
    { [name]: actor },
    { ...right, objectType: name },
    { objectType },
    { ...right, [name]: 'x' },
    { ...right, relevantTypes: [] },
    { ...right, relevantTypes: ['x'] },
    { ...right, relevantTypes: 'http://example.com/role' },
  ]
}
