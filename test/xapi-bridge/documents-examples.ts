import { randomUUID } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import type { Ground } from '../../foundation/ground.ts'
import type { SourceWish } from '../../xapi-bridge/sources/add.ts'
import { aFreshSpeaker, aSpeaker, type Json, type Speaker } from './statement-examples.ts'

/** One request for documents: everything but the parameters has its usual value. */
export interface Wish {
  body?: string | Buffer | Json
  type?: string | undefined
  headers?: Record<string, string>
  version?: '1.0.3' | '2.0.0'
}

/** How one source speaks of documents. */
export interface DocumentSpeaker extends Speaker {
  ask(
    method: string,
    path: string,
    params: Record<string, string>,
    wish?: Wish,
  ): Promise<LightMyRequestResponse>
  /** A first PUT, as every resource takes it in both versions. */
  create(path: string, params: Record<string, string>, wish?: Wish): Promise<LightMyRequestResponse>
}

/** The three resources of documents, with the parameters of a document that no other test has. */
export const resources: [string, string, () => Record<string, string>][] = [
  ['State', '/activities/state', aState],
  ['Agent Profile', '/agents/profile', anAgentProfile],
  ['Activity Profile', '/activities/profile', anActivityProfile],
]

/** An agent as the parameter writes it. */
export function anAgent(changes: Json = {}): string {
  const account = { homePage: 'https://moodle.example', name: `u-${randomUUID()}` }
  return JSON.stringify({ objectType: 'Agent', account, ...changes })
}

/** The parameters of a state of its own. */
export function aState(changes: Record<string, string> = {}): Record<string, string> {
  return { activityId: anActivityId(), agent: anAgent(), stateId: `state ${randomUUID()}`, ...changes }
}

/** The parameters of an agent profile of its own. */
export function anAgentProfile(changes: Record<string, string> = {}): Record<string, string> {
  return { agent: anAgent(), profileId: randomUUID(), ...changes }
}

/** The parameters of an activity profile of its own. */
export function anActivityProfile(changes: Record<string, string> = {}): Record<string, string> {
  return { activityId: anActivityId(), profileId: randomUUID(), ...changes }
}

/** The id of an activity that no other test has. */
export function anActivityId(): string {
  return `https://xueshi.example/xapi/activities/unit/${randomUUID()}`
}

/** A bridge with one source that speaks of documents. */
export async function aDocumentSpeaker(
  t: Test,
  ground: Ground,
  wish: Partial<SourceWish> = {},
): Promise<DocumentSpeaker> {
  return speakingOfDocuments(await aFreshSpeaker(t, ground, wish))
}

/** A further source on the same bridge, with these scopes alone. */
export async function aRestrictedSpeaker(
  { app }: Speaker,
  ground: Ground,
  scopes: string,
): Promise<DocumentSpeaker> {
  const speaker = await aSpeaker(app, ground)
  await ground.db('credential').where({ access_key: speaker.credential.key }).update({ scopes })
  return speakingOfDocuments(speaker)
}

/** The same source, able to speak of documents. */
export function speakingOfDocuments(speaker: Speaker): DocumentSpeaker {
  const { app, credential } = speaker
  const authorization = `Basic ${Buffer.from(`${credential.key}:${credential.secret}`).toString('base64')}`
  const ask: DocumentSpeaker['ask'] = (
    method,
    path,
    params,
    { body, type, headers = {}, version = '1.0.3' } = {},
  ) => {
    const isJson = body !== undefined && typeof body !== 'string' && !Buffer.isBuffer(body)
    const contentType = type ?? (isJson ? 'application/json' : undefined)
    return app.inject({
      method: method as 'GET',
      url: `/xapi${path}`,
      query: params,
      headers: {
        authorization,
        'x-experience-api-version': version,
        ...(contentType && { 'content-type': contentType }),
        ...headers,
      },
      ...(body !== undefined && { payload: isJson ? JSON.stringify(body) : (body as string) }),
    })
  }
  return {
    ...speaker,
    ask,
    create: (path, params, wish = {}) =>
      ask('PUT', path, params, { ...wish, headers: { 'if-none-match': '*' } }),
  }
}
