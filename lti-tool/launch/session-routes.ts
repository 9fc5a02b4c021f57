import type { FastifyPluginAsync } from 'fastify'
import { z } from 'zod'
import { idText } from '../../foundation/database/codec.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, sha256 } from '../../foundation/ids.ts'
import { isSecretWord, secretWord } from './form.ts'
import { insertHandover } from './launch.ts'
import { launchSession } from './launch-scope.ts'
import { LaunchRefused } from './refusal.ts'
import {
  isSameOrigin,
  readLaunchToken,
  SessionEnded,
  secondsLeft,
  setLaunchCookie,
  signLaunch,
} from './session.ts'

const wish = z.object({
  launch: z.uuid(),
  /** The hand-over code, once. Without it the request brings a token that is still valid. */
  code: z.string().optional(),
  /** Asks for a fresh code, for the same launch in a window of its own. */
  fresh_code: z.boolean().optional(),
})

/** Where a page whose cookie did not come back gets its session (lti.md §1.6). */
export const sessionRoutes: FastifyPluginAsync<Ground> = async (app, ground) => {
  app.post('/lti/session', { schema: { body: wish } }, async (request, reply) => {
    if (!isSameOrigin(request, ground.config)) throw new LaunchRefused('csrf-refused', 'another origin')
    const { launch: launchId, code, fresh_code } = request.body as z.infer<typeof wish>
    const bearer = /^Bearer ([\w.-]+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (code !== undefined) await useCode(ground, launchId, code)
    else if (!bearer || !readLaunchToken(app, ground.now(), launchId, bearer)) throw new SessionEnded()

    const launch = await launchSession(ground.db, launchId, 'bearer')
    if (!launch || secondsLeft(launch.launchedAt, ground.now()) === 0) throw new SessionEnded()
    const token = signLaunch(app, ground, launch)
    setLaunchCookie(request, reply, launchId, token)
    if (!fresh_code) return { token }
    const fresh = secretWord()
    await insertHandover(ground.db, launchId, fresh, ground.now())
    return { token, code: fresh }
  })
}

/** Uses a hand-over code up. Throws LaunchRefused unless it was there, of this launch and in time; then it is gone. */
async function useCode({ db, now }: Ground, launchId: Id, code: string): Promise<void> {
  const refused = () => new LaunchRefused('lti-handover-refused', 'no such code')
  if (!isSecretWord(code)) throw refused()
  const code_hash = sha256(code)
  const row: { launch_id: Buffer } | undefined = await db('lti_handover')
    .where({ code_hash })
    .first('launch_id')
  if (!row || idText(row.launch_id) !== launchId) throw refused()
  const used = await db('lti_handover').where({ code_hash }).andWhere('expires_at', '>', now()).delete()
  if (used !== 1) throw refused()
}

/** The ping by which an open page keeps its session; the scope around it renews the cookie. */
export const pingRoute: FastifyPluginAsync = async (app) => {
  app.get('/ping', async (_request, reply) => reply.status(204).send())
}
