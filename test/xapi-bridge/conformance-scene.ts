import { randomUUID } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import type { Version } from '../../xapi-bridge/language/version.ts'
import { freshGround } from '../support/ground.ts'
import { aFreshSpeaker, type Json, type Speaker } from './statement-examples.ts'

/** The rules under which a requirement is held. */
export const versions: Version[] = ['1.0.3', '2.0.0']

/** One request, written in full. */
export interface Asked {
  method?: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE' | 'PATCH' | 'OPTIONS'
  /** Below `/xapi`. */
  path?: string
  params?: Record<string, string>
  /** Text and bytes go as they are, everything else as JSON. */
  body?: unknown
  /** One set to undefined is not sent. */
  headers?: Record<string, string | undefined>
  version?: Version
}

/** A bridge, and a source on it with the profile for conformance. */
export interface Scene extends Speaker {
  authorization: string
  ask(asked: Asked): Promise<LightMyRequestResponse>
}

/** Makes the scene of one file. */
export async function aConformanceScene(t: Test): Promise<Scene> {
  const speaker = await aFreshSpeaker(t, await freshGround(t), { profile: 'conformance' })
  const { key, secret } = speaker.credential
  const authorization = `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`
  return {
    ...speaker,
    authorization,
    ask: ({ method = 'GET', path = '/statements', params = {}, body, headers = {}, version = '1.0.3' }) => {
      const isVerbatim = typeof body === 'string' || Buffer.isBuffer(body) || body === undefined
      const all = {
        authorization,
        'x-experience-api-version': version,
        ...(isVerbatim ? {} : { 'content-type': 'application/json' }),
        ...headers,
      }
      const sent = Object.entries(all).filter(([, value]) => value !== undefined)
      return speaker.app.inject({
        method,
        url: `/xapi${path}`,
        query: params,
        headers: Object.fromEntries(sent) as Record<string, string>,
        ...(body !== undefined && { payload: isVerbatim ? (body as string) : JSON.stringify(body) }),
      })
    },
  }
}

/** What a requirement says of statements: which are taken and which are refused, under both versions unless it says. */
export interface Requirement {
  /** Its ids in the suite's numbering, and its sense in our words. */
  name: string
  takes?: unknown[]
  refuses?: unknown[]
  only?: Version
}

/**
 * Holds requirements, each by one test. What is taken goes as one batch; what is refused goes as batches whose answer must
 * name every statement. Text goes as a body of its own.
 */
export function holdRequirements(t: Test, scene: Scene, requirements: Requirement[]): void {
  for (const { name, takes = [], refuses = [], only } of requirements)
    t.test(name, async (t) => {
      for (const version of only ? [only] : versions) {
        t.strictSame(await refusedAmong(scene, takes, version), [], `${version}: all are taken`)
        const refused = await refusedAmong(scene, refuses, version)
        t.strictSame(
          refuses.filter((one) => !refused.includes(one)),
          [],
          `${version}: all are refused`,
        )
      }
    })
}

/** Small enough that the answer has room for the faults of all. */
const mostAtOnce = 20

async function refusedAmong({ ask }: Scene, statements: unknown[], version: Version): Promise<unknown[]> {
  const refused: unknown[] = []
  const headers = { 'content-type': 'application/json' }
  const alone = statements.filter((one) => typeof one === 'string')
  for (const body of alone)
    if ((await ask({ method: 'POST', body, headers, version })).statusCode === 400) refused.push(body)
  const together = statements.filter((one) => typeof one !== 'string')
  for (let from = 0; from < together.length; from += mostAtOnce) {
    const body = together.slice(from, from + mostAtOnce)
    const answer = await ask({ method: 'POST', body, version })
    if (answer.statusCode === 200) continue
    const { errors = [] } = answer.json() as { errors?: { index?: number }[] }
    refused.push(...body.filter((_, n) => errors.some(({ index }) => index === n)))
  }
  return refused
}

export const agent = { objectType: 'Agent', mbox: 'mailto:held@example.com' }
export const group = { objectType: 'Group', member: [{ mbox: 'mailto:member@example.com' }] }
export const verb = { id: 'https://example.com/verbs/did', display: { en: 'did' } }
export const activity = { objectType: 'Activity', id: 'https://example.com/activities/one' }
export const reference = { objectType: 'StatementRef', id: randomUUID() }
export const voidedVerb = { id: 'http://adlnet.gov/expapi/verbs/voided' }

/** A small statement without id. */
export function said(changes: Json = {}): Json {
  return { actor: agent, verb, object: activity, ...changes }
}

/** A statement whose object is a SubStatement with these changes. */
export function saidOf(changes: Json = {}): Json {
  return said({ object: { objectType: 'SubStatement', ...said(changes) } })
}

/** The same changes in a statement and in a SubStatement. */
export function both(...changes: Json[]): Json[] {
  return changes.flatMap((change) => [said(change), saidOf(change)])
}

/** Without one property. */
export function without(value: Json, name: string): Json {
  const { [name]: _, ...rest } = value
  return rest
}

/** A definition of the activity, in a statement and in a SubStatement. */
export function defined(...definitions: unknown[]): Json[] {
  return both(...definitions.map((definition) => ({ object: { ...activity, definition } })))
}

/** Agents at every place where one may stand. */
export function agentsEverywhere(...agents: Json[]): Json[] {
  return agents.flatMap((one) => [
    ...both({ actor: one }, { context: { instructor: one } }),
    ...both({ object: { objectType: 'Agent', ...one } }),
    said({ authority: one }),
  ])
}

/** Groups at every place where one may stand. */
export function groupsEverywhere(...groups: Json[]): Json[] {
  return groups.flatMap((one) =>
    both(
      { actor: { objectType: 'Group', ...one } },
      { object: { objectType: 'Group', ...one } },
      { context: { instructor: { objectType: 'Group', ...one } } },
      { context: { team: { objectType: 'Group', ...one } } },
    ),
  )
}

/** What tests of the Statement resource do again and again: store, show, find and void small statements. */
export interface Storing {
  send(body: unknown, version?: Version): Promise<LightMyRequestResponse>
  /** Stores a small statement with these changes; its id. */
  stored(changes?: Json, version?: Version): Promise<string>
  shown(id: string): Promise<Json>
  found(params: Record<string, string>): Promise<{ statements: Json[]; more: string }>
  idsFound(params: Record<string, string>): Promise<unknown[]>
  /** Voids a statement; the id of the voiding one. */
  voided(target: string, changes?: Json): Promise<string>
}

/** These steps on one scene. */
export function storing({ ask }: Scene): Storing {
  const send: Storing['send'] = (body, version = '1.0.3') => ask({ method: 'POST', body, version })
  const stored: Storing['stored'] = async (changes, version) => (await send(said(changes), version)).json()[0]
  const found: Storing['found'] = async (params) => (await ask({ params })).json()
  return {
    send,
    stored,
    found,
    shown: async (id) => (await ask({ params: { statementId: id } })).json(),
    idsFound: async (params) => (await found(params)).statements.map(({ id }) => id),
    voided: (target, changes = {}) =>
      stored({ verb: voidedVerb, object: { objectType: 'StatementRef', id: target }, ...changes }),
  }
}
