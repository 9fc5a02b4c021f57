import type { Test } from 'tap'
import { transact } from '../../../foundation/database/transact.ts'
import type { Ground } from '../../../foundation/ground.ts'
import { createServer } from '../../../foundation/http/server.ts'
import { tool } from '../../../lti-tool/app.ts'
import { csrfToken } from '../../../lti-tool/launch/session.ts'
import { insertKeyPair, makeKeyPair } from '../../../lti-tool/lti-services/key-pair.ts'
import { invitePlatform } from '../../../lti-tool/platforms/invitation.ts'
import { FakePlatform } from '../fake-platform.ts'
import { freshGround } from '../ground.ts'
import { type Entered, enter } from '../launching.ts'
import type { Answer } from './fire.ts'

/** A launch that was let in, with the word that its pages' forms carry. */
export type KnownLaunch = Entered & { csrf: string }

/** A tool behind its door, and a platform that may send people to it. */
export interface LaunchScene {
  ground: Ground
  platform: FakePlatform
  port: number
  /** The latest launches that were let in, for requests that need one. */
  entered: KnownLaunch[]
  /** An address at which a platform may register itself. */
  invitation: string
  /** Name of the frame in which the platform keeps things. */
  storage: string
}

const mostKept = 50

/** The whole tool, listening, with one registered platform and one launch let in. */
export async function launchScene(t: Test): Promise<LaunchScene> {
  const ground = await freshGround(t, {
    LOG_LEVEL: 'silent',
    TRUST_PROXY: '1',
    PLATFORM_PRIVATE: '127.0.0.1',
  })
  const platform = await FakePlatform.start(t)
  await platform.registerWithoutKeys(ground)
  await giveKey(ground, platform)
  const app = createServer(ground)
  await app.register(tool, ground)
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  const { host } = new URL(platform.url)
  const { registrationUrl } = await invitePlatform(ground, { host, name: 'fuzz' }, 'os:tester')
  const scene: LaunchScene = {
    ground,
    platform,
    port: (app.server.address() as { port: number }).port,
    entered: [],
    invitation: registrationUrl,
    storage: 'storage',
  }
  keepEntered(scene, await enter(app, ground, platform))
  return scene
}

/** A key to sign chosen links with; smaller than in earnest, since making a large one takes seconds. */
async function giveKey(ground: Ground, { url: iss, clientId }: FakePlatform): Promise<void> {
  const { kid } = await ground.db('ltijs_platform').first('kid')
  const pair = { ...(await makeKeyPair(2048)), kid }
  const { toolKeySecret } = ground.config
  await transact(ground.db, (trx) => insertKeyPair(trx, toolKeySecret, { iss, clientId }, pair, ground.now()))
}

/** Whether an answer let a launch in; its id, code and cookie are kept for later requests. */
export function noteEntered(scene: LaunchScene, answer: Exclude<Answer, 'cut'>): boolean {
  if (answer.status !== 303) return false
  const [, launchId, code] =
    /\nlocation: *\/app\/([0-9a-f-]{36})\/#code=([\w-]{43})\r/i.exec(answer.head) ?? []
  const cookie = /\nset-cookie: *(__Host-xueshi-[0-9a-f-]{36}=[\w.-]+);/i.exec(answer.head)?.[1]
  if (!launchId || !code || !cookie) return false
  keepEntered(scene, { launchId, code, cookie })
  return true
}

function keepEntered({ ground, entered }: LaunchScene, launch: Entered): void {
  entered.push({ ...launch, csrf: csrfToken(ground.config, launch.launchId as never) })
  if (entered.length > mostKept) entered.shift()
}
