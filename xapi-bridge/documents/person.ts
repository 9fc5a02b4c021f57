import type { Database } from '../../foundation/database/connect.ts'
import { type Actor, identifierOf, type Saying, type Statement } from '../language/statement.ts'
import type { XapiAnswer, XapiRequest } from '../protocol/exchange.ts'
import { permits } from '../sources/scopes.ts'
import { findMany } from '../statements/find.ts'
import { flag } from '../statements/flags.ts'
import { isActor } from '../statements/reference.ts'
import { jsonShownTo } from './answer.ts'
import { guardRequest } from './guard.ts'
import { agentOf, requireKnown } from './parameters.ts'
import { requireReader } from './reader.ts'
import { agentKeyOf } from './scope.ts'
import { subjectsOfAgent } from './store.ts'

/** How many of an agent's newest statements, and of its newest documents, are looked through for names. */
const mostLookedAt = 50

/**
 * `GET /xapi/agents`: the Person of an agent (Communication 2.4). Its one identifier is the one asked for, since this
 * house never joins identifiers by itself; its names are those under which its newest statements and documents in this
 * store know it, and the one in the question.
 */
export async function getPerson({ db }: { db: Database }, request: XapiRequest): Promise<XapiAnswer> {
  const { source, scopes } = request.caller
  requireReader(scopes)
  requireKnown(request, ['agent'])
  const agent = agentOf(request.params, request.version, 'agent')
  guardRequest(request)

  const onlySourceId = permits(scopes, 'statements/read') || permits(scopes, 'profile') ? null : source.id
  const names = new Set<string>()
  for (const statement of await newestOf(db, { storeId: source.storeId, onlySourceId }, agent))
    for (const actor of actorsOf(statement)) addName(names, actor, agent)
  const agentKey = agentKeyOf(source.storeId, agent) as Buffer
  for (const subject of await subjectsOfAgent(db, agentKey, mostLookedAt))
    if (subject.agent) addName(names, subject.agent, agent)
  addName(names, agent, agent)

  const { objectType: _, name: __, ...identifier } = agent
  return jsonShownTo(request, {
    objectType: 'Person',
    ...(names.size > 0 && { name: [...names] }),
    ...Object.fromEntries(Object.entries(identifier).map(([property, value]) => [property, [value]])),
  })
}

async function newestOf(
  db: Database,
  scope: Parameters<typeof findMany>[1],
  agent: Actor,
): Promise<Statement[]> {
  const filter = {
    agent: identifierOf(agent) as string,
    relatedAgents: true,
    relatedActivities: false,
    limit: mostLookedAt,
    ascending: false,
  }
  const { rows } = await findMany(db, scope, filter, null)
  const open = rows.filter(({ flags }) => !(flags & flag.sealed))
  return open.map(({ raw }) => JSON.parse(raw.toString()))
}

function addName(names: Set<string>, actor: Actor, asked: Actor): void {
  if (actor.name !== undefined && identifierOf(actor) === identifierOf(asked)) names.add(actor.name)
  for (const member of actor.member ?? []) addName(names, member, asked)
}

/** Everybody whom a statement names, members of groups inside their groups. */
function actorsOf({ actor, object, context }: Saying): Actor[] {
  const found = [actor]
  if (isActor(object)) found.push(object)
  else if (object.objectType === 'SubStatement') found.push(...actorsOf(object))
  if (context?.instructor) found.push(context.instructor)
  if (context?.team) found.push(context.team)
  for (const { agent } of context?.contextAgents ?? []) found.push(agent)
  for (const { group } of context?.contextGroups ?? []) found.push(group)
  return found
}
