import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { TokenRefused } from '../../foundation/http/bearer.ts'
import { queryOf } from '../../foundation/http/query.ts'
import { isoOf } from '../../foundation/time.ts'
import { viewerOf } from '../../ledger/access/login.ts'
import { actorOf } from '../../ledger/access/role.ts'
import { presetNames } from '../rules/rule-set.ts'
import { addSource } from './add.ts'
import { type Condition, conditionsOf, hoursKept, hoursSince } from './condition.ts'
import { credentialsOf, requireSource, revokeCredential, rotateCredential } from './credential.ts'
import {
  credentialJson,
  credentialWish,
  newCredentialJson,
  sourceDetailJson,
  sourceJson,
  toCredentialJson,
  toSourceJson,
} from './json.ts'
import { changeSource, sourceChanges } from './settings.ts'
import { setSigningSecret } from './signing.ts'

const params = z.object({ source: z.uuid() })
const security = [{ token: [] }]

/** What administrators' scripts and the desk may know of sources, and change. */
export const sourceRoutes: FastifyPluginAsyncZod<Ground> = async (app, ground) => {
  const { db, now } = ground

  app.get(
    '/api/sources',
    {
      schema: {
        summary: 'All sources with what they pushed and how they are',
        security,
        querystring: queryOf({}),
        response: { 200: z.object({ sources: z.array(sourceJson) }) },
      },
    },
    async (request) => {
      await app.requireToken(request, 'read')
      return { sources: (await conditionsOf(db, now())).map(toSourceJson) }
    },
  )

  app.post(
    '/api/sources',
    {
      schema: {
        summary: 'Register a source; its secret is shown once',
        security,
        body: z.strictObject({
          name: z.string().min(1).max(120),
          preset: z.enum(presetNames),
          actor_home_pages: z.array(z.string().min(1).max(500)).min(1).max(50),
          state: z.enum(['trial', 'live']).optional(),
          ...credentialWish.shape,
        }),
        response: { 201: newCredentialJson },
      },
    },
    async (request, reply) => {
      const by = await changerOf(request)
      const { name, preset, actor_home_pages, state, ...credential } = request.body
      const wish = { name, preset, actorHomePages: actor_home_pages, ...(state && { state }) }
      return reply.status(201).send(await addSource(ground, { ...wish, credential: wishOf(credential) }, by))
    },
  )

  app.get(
    '/api/sources/:source',
    {
      schema: {
        summary: 'One source with its credentials and the hours of the last weeks',
        security,
        params,
        response: { 200: sourceDetailJson },
      },
    },
    async (request) => {
      await app.requireToken(request, 'read')
      const [source] = await conditionsOf(db, now(), request.params.source)
      if (!source) throw new NotFound('source-unknown', 'there is no such source')
      return detailOf(source)
    },
  )

  app.patch(
    '/api/sources/:source',
    {
      schema: {
        summary: 'Change settings of a source; what is left out stays',
        security,
        params,
        body: sourceChanges.extend({
          discard_trial: z
            .boolean()
            .optional()
            .describe('with state live: what waited on trial is set aside'),
        }),
        response: { 200: z.object({ changed: z.array(z.string()), discarded: z.number() }) },
      },
    },
    async (request) => {
      const by = await changerOf(request)
      const { discard_trial: discardTrial = false, ...changes } = request.body
      return changeSource(ground, request.params.source, changes, { by, discardTrial })
    },
  )

  app.get(
    '/api/sources/:source/credentials',
    {
      schema: {
        summary: 'Credentials of a source, oldest first, those that were revoked too',
        security,
        params,
        querystring: queryOf({}),
        response: { 200: z.object({ credentials: z.array(credentialJson) }) },
      },
    },
    async (request) => {
      await app.requireToken(request, 'read')
      const { id: sourceId } = await requireSource(db, request.params.source)
      return { credentials: (await credentialsOf(db, { sourceId, revoked: true })).map(toCredentialJson) }
    },
  )

  app.post(
    '/api/sources/:source/credentials',
    {
      schema: {
        summary: 'Make a further credential; the others stay good until they are revoked',
        security,
        params,
        body: credentialWish,
        response: { 201: newCredentialJson },
      },
    },
    async (request, reply) => {
      const by = await changerOf(request)
      const made = await rotateCredential(ground, request.params.source, wishOf(request.body), by)
      return reply.status(201).send(made)
    },
  )

  app.post(
    '/api/sources/:source/credentials/:key/revoke',
    {
      schema: {
        summary: 'End a credential and its tokens, within a second',
        security,
        params: params.extend({ key: z.string().min(1).max(40) }),
        response: { 200: z.object({ revoked: z.string() }) },
      },
    },
    async (request) => {
      const by = await changerOf(request)
      const { source: sourceId, key } = request.params
      await revokeCredential(ground, key, { by, sourceId })
      return { revoked: key }
    },
  )

  app.put(
    '/api/sources/:source/signing-secret',
    {
      schema: {
        summary:
          'Set the secret with which the platform of a source signs webhooks; each has to be signed then',
        security,
        params,
        body: z.strictObject({ secret: z.string().min(1).max(300).describe('as the platform shows it') }),
        response: { 200: z.object({ changed: z.boolean() }) },
      },
    },
    async (request) => {
      const by = await changerOf(request)
      const { source, secret } = { ...request.params, ...request.body }
      return { changed: await setSigningSecret(ground, source, secret, by) }
    },
  )

  app.delete(
    '/api/sources/:source/signing-secret',
    {
      schema: {
        summary: 'Forget the signing secret of a source; its webhooks come by its credential alone',
        security,
        params,
        response: { 200: z.object({ changed: z.boolean() }) },
      },
    },
    async (request) => {
      const by = await changerOf(request)
      return { changed: await setSigningSecret(ground, request.params.source, null, by) }
    },
  )

  /** Who asks for a change, as the audit names them. */
  async function changerOf(request: Parameters<typeof app.requireToken>[0]): Promise<string> {
    const { sub } = await app.requireToken(request, 'write')
    const viewer = await viewerOf(db, sub)
    // Closed between the check and here.
    if (!viewer) throw new TokenRefused()
    return actorOf(viewer)
  }

  async function detailOf(source: Condition) {
    const hours = await hoursSince(db, now() - hoursKept, source.id)
    return {
      ...toSourceJson(source),
      credentials: source.credentials.map(toCredentialJson),
      hours: hours.map(({ sourceId: _, at, ...tally }) => ({ hour: isoOf(at), ...tally })),
    }
  }
}

function wishOf({ scopes, expires_days }: z.output<typeof credentialWish>) {
  return { ...(scopes && { scopes }), ...(expires_days !== undefined && { expiresDays: expires_days }) }
}
