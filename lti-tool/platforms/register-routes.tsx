import type { FastifyPluginAsync } from 'fastify'
import type { Ground } from '../../foundation/ground.ts'
import { LaunchRefused } from '../launch/refusal.ts'

/** Where a platform registers itself. */
export const registerRoutes: FastifyPluginAsync<Ground> = async (app) => {
  for (const url of ['/lti/register', '/lti/register/:token']) {
    app.route({
      method: ['GET', 'POST'],
      url,
      handler: async () => {
        throw new LaunchRefused('lti-register-closed', 'no registration link')
      },
    })
  }
}
