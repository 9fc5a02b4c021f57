import {
  activity,
  agent,
  agentsEverywhere,
  both,
  group,
  groupsEverywhere,
  type Requirement,
  said,
  without,
} from './conformance-scene.ts'
import type { Json } from './statement-examples.ts'

const account = { homePage: 'https://example.com', name: 'n' }
const identifiers: Json[] = [
  { mbox: 'mailto:one@example.com' },
  { mbox_sha1sum: 'cd9b00a5611f94eaa7b1661edab976068e364975' },
  { openid: 'https://openid.example/1' },
  { account },
]
const pairs = identifiers.flatMap((one, n) => identifiers.slice(n + 1).map((other) => ({ ...one, ...other })))
const wrongKinds = [5, { key: 'value' }]
const sha1sums = [5, { key: 'value' }, 'no-digest']
const everybody = (...actors: Json[]) => [...agentsEverywhere(...actors), ...groupsEverywhere(...actors)]

/** What the specification asks of agents and groups, wherever they may stand. */
export const ofActors: Requirement[] = [
  {
    name: 'XAPI-00031 an actor is an Agent or a Group, and nothing else',
    takes: [...agentsEverywhere(agent), ...groupsEverywhere(group)],
    refuses: agentsEverywhere({ ...agent, objectType: 'Activity' }, { ...agent, objectType: 'agent' }),
  },
  {
    name: 'XAPI-00032 the objectType of an actor is text',
    refuses: agentsEverywhere(...wrongKinds.map((objectType) => ({ ...agent, objectType }))),
  },
  {
    name: 'XAPI-00033 the name of an actor is text',
    takes: [...agentsEverywhere({ ...agent, name: 'n' }), ...groupsEverywhere({ ...group, name: 'n' })],
    refuses: everybody(...wrongKinds.map((name) => ({ ...agent, name }))),
  },
  {
    name: 'XAPI-00034 an Agent has exactly one identifier',
    takes: agentsEverywhere(...identifiers),
    refuses: agentsEverywhere({}, { name: 'n' }, ...pairs),
  },
  {
    name: 'XAPI-00035 a Group without identifier has members',
    takes: groupsEverywhere(group),
    refuses: groupsEverywhere({}, { name: 'n' }, { member: [] }),
  },
  {
    name: 'XAPI-00036 members are a list of Agents',
    takes: groupsEverywhere({ member: identifiers }),
    refuses: groupsEverywhere({ member: agent }, { member: 'x' }, { member: [group] }, { member: [{}] }),
  },
  {
    name: 'XAPI-00037 a Group has at most one identifier, with members or without',
    takes: groupsEverywhere(...identifiers, ...identifiers.map((one) => ({ ...group, ...one }))),
    refuses: groupsEverywhere(...pairs, ...pairs.map((two) => ({ ...group, ...two }))),
  },
  {
    name: 'XAPI-00038 an mbox is a mailto IRI',
    refuses: everybody(
      { mbox: 'one@example.com' },
      { mbox: 'https://example.com' },
      { mbox: 'mailto:one' },
      { mbox: 5 },
    ),
  },
  {
    name: 'XAPI-00039 an mbox_sha1sum is a digest in text',
    refuses: everybody(...sha1sums.map((mbox_sha1sum) => ({ mbox_sha1sum }))),
  },
  { name: 'XAPI-00040 an openid is a URI', refuses: everybody({ openid: 'x' }, { openid: 5 }) },
  {
    name: 'XAPI-00041 an account is an object',
    takes: [...agentsEverywhere({ account }), ...groupsEverywhere({ account })],
    refuses: everybody({ account: 'x' }, { account: 5 }, { account: [account] }),
  },
  {
    name: 'XAPI-00042 an account has a home page, an IRL',
    refuses: everybody(
      { account: without(account, 'homePage') },
      { account: { ...account, homePage: 'x' } },
      { account: { ...account, homePage: 5 } },
    ),
  },
  {
    name: 'XAPI-00043 an account has a name, in text',
    refuses: everybody({ account: without(account, 'name') }, { account: { ...account, name: 5 } }),
  },
  {
    name: 'XAPI-00024 an authority is an Agent or a Group of two',
    takes: [said({ authority: agent }), said({ authority: { account } })],
    refuses: identifiers.map((one) => said({ authority: { ...group, ...one } })),
  },
  {
    name: 'XAPI-00098 an authority that is a Group has no identifier and exactly two members',
    takes: [said({ authority: { objectType: 'Group', member: [{ account }, agent] } })],
    refuses: [
      said({ authority: group }),
      said({ authority: { objectType: 'Group', member: [{ account }, agent, agent] } }),
      said({ authority: { ...agent, objectType: 'Group', member: [{ account }, agent] } }),
    ],
  },
  {
    name: 'XAPI-00100 an authority is no Group of just any two people',
    refuses: [
      said({
        authority: {
          objectType: 'Group',
          mbox: 'mailto:both@example.com',
          member: [agent, { mbox: 'mailto:other@example.com' }],
        },
      }),
    ],
  },
  {
    name: 'XAPI-00065 an actor as object says what it is',
    takes: both({ object: agent }, { object: group }),
    refuses: both({ object: without(agent, 'objectType') }, { object: without(group, 'objectType') }),
  },
  {
    name: 'XAPI-00087 an instructor is an Agent or a Group, a registration a UUID',
    takes: both({ context: { instructor: agent } }, { context: { instructor: group } }),
    refuses: both(
      { context: { instructor: 'x' } },
      { context: { instructor: activity } },
      { context: { registration: 'x' } },
      { context: { registration: { key: 'value' } } },
    ),
  },
  {
    name: 'XAPI-00088 a team is a Group',
    takes: both({ context: { team: group } }),
    refuses: both(
      { context: { team: agent } },
      { context: { team: 'x' } },
      { context: { team: { key: 'value' } } },
    ),
  },
]
