import type { FastifyInstance, FastifyReply } from 'fastify'
import { openidConfiguration } from './openid-configuration.ts'
import type { Platform } from './platform.ts'
import { newTool, readRegistration, registrationJson } from './registration.ts'
import { objectIn } from './score.ts'
import { CallRefused, failed, faultsOf, queryOf } from './service-call.ts'
import type { Faults } from './service-modes.ts'
import type { ToolRegistration } from './tools.ts'
import { SCOPE } from './vocabulary.ts'

/** Where the OpenID configuration is. */
export const CONFIGURATION_PATH = '/.well-known/openid-configuration'

/** What a tool asks of the platform to be registered (LTI Dynamic Registration 1.0). */
export function registrationRoutes(app: FastifyInstance, platform: Platform): void {
  app.get(CONFIGURATION_PATH, async (request, reply) => {
    const query = queryOf(request)
    const { faults, moodle } = faultsOf(platform, query, 'dynreg')
    if (faults.has('redirect') && !query.has('moved')) {
      query.set('moved', '1')
      return reply.redirect(`${CONFIGURATION_PATH}?${query}`, 302)
    }
    faults.delete('400')
    if (await failed(reply, faults)) return reply
    const kept = query.has('faults') ? `?faults=${query.get('faults')}` : ''
    return reply.send(openidConfiguration(platform, kept, faults, moodle))
  })

  app.post('/lti/register', async (request, reply) => {
    const { faults, moodle } = faultsOf(platform, queryOf(request), 'dynreg')
    if (await failed(reply, faults)) return reply
    const leave = platform.registrationLeaves.find(bearerOf(request.headers.authorization))
    if (!leave) throw new CallRefused(401, 'the registration token is missing, unknown, used or expired')
    if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
      throw new CallRefused(415, 'the registration must be sent as application/json')
    const description = readRegistration(request.body)
    platform.registrationLeaves.use(leave)
    const known = platform.tools.find((tool) => tool.clientId === leave.updates)
    // Endpoints and names change; client id, deployments and state stay as they are.
    const tool = known ? Object.assign(known, description) : newTool(description, platform.tools)
    if (!known) platform.tools.push(tool)
    return sendRegistered(reply, request.body, tool, { faults, moodle, isNew: !known })
  })
}

function bearerOf(header: string | undefined): string {
  return /^Bearer ([\w-]+)$/i.exec(header ?? '')?.[1] ?? ''
}

function sendRegistered(
  reply: FastifyReply,
  body: unknown,
  tool: ToolRegistration,
  { faults, moodle, isNew }: { faults: Faults; moodle: boolean; isNew: boolean },
) {
  // Moodle 5.0 echoes another scope than it grants: asked for `score`, it says `lineitem`.
  const echoed = moodle
    ? tool.scopes.map((scope) => (scope === SCOPE.score ? SCOPE.lineItem : scope))
    : tool.scopes
  const answer = registrationJson(objectIn(body), tool, {
    echoed,
    withDeployment: !faults.has('no-deployment'),
  })
  return reply.code(isNew && !moodle && !faults.has('200') ? 201 : 200).send(answer)
}
