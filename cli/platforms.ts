import type { Command } from 'commander'
import { InvalidInput } from '../foundation/errors.ts'
import type { Ground } from '../foundation/ground.ts'
import { addressGuard } from '../foundation/http/outbound-address.ts'
import { isoOf } from '../foundation/time.ts'
import {
  activatePlatform,
  approveDeployment,
  deactivatePlatform,
  withdrawDeployment,
} from '../lti-tool/lti-services/platform-state.ts'
import { addPlatform, listPlatforms, removePlatform } from '../lti-tool/lti-services/registry.ts'
import { beginRotation, type Rotation, replaceKeyNow, rotations } from '../lti-tool/lti-services/rotation.ts'
import { changePlatform } from '../lti-tool/platforms/change.ts'
import { testPlatform } from '../lti-tool/platforms/diagnosis.ts'
import { sentencesOf } from '../lti-tool/platforms/diagnosis-words.ts'
import { invitePlatform } from '../lti-tool/platforms/invitation.ts'
import { type Answer, answering, command, Refusal } from './answer.ts'
import { operator, withGround } from './open.ts'
import { readId } from './option.ts'

interface AddOptions {
  name: string
  issuer: string
  clientId: string
  deploymentId: string
  authUrl: string
  tokenUrl: string
  jwksUrl: string
  frameOrigin?: string[]
  serviceOrigin?: string[]
}

interface InviteOptions {
  host: string
  issuer?: string
  moreHost?: string[]
  name?: string
  update?: string
  manageColumns?: boolean
}

interface SetOptions {
  name?: string
  frameOrigin?: string[]
  serviceOrigin?: string[]
}

/** Commands about learning platforms that launch the tool. */
export function addPlatforms(platform: Command): void {
  command(platform, 'add', 'register a platform by hand; it is active at once')
    .requiredOption('--name <name>')
    .requiredOption('--issuer <address>', 'Moodle: Platform ID')
    .requiredOption('--client-id <id>')
    .requiredOption('--deployment-id <id>')
    .requiredOption('--auth-url <address>')
    .requiredOption('--token-url <address>')
    .requiredOption('--jwks-url <address>')
    .option('--frame-origin <origin...>', 'origins that may show our pages in a frame; default the issuer')
    .option('--service-origin <origin...>', 'origins of its services; default those of the addresses given')
    .action(
      answering((options: AddOptions) =>
        withGround(async (ground) => {
          const { frameOrigin: frameOrigins, serviceOrigin: serviceOrigins, ...input } = options
          const wish = { ...input, frameOrigins, serviceOrigins, active: true }
          return { ...(await addPlatform(ground, wish, operator())) }
        }),
      ),
    )
  command(platform, 'invite', 'a one-time address at which a platform registers itself, within the hour')
    .requiredOption('--host <host>', 'of the platform, with its port where it has one')
    .option('--issuer <address>', 'its issuer, where that lies on another host')
    .option('--more-host <host...>', 'further hosts on which its endpoints lie')
    .option('--name <name>', 'what lists call it; default what it calls itself')
    .option('--update <id>', 'the registration to update; its keys stay')
    .option(
      '--manage-columns',
      'ask for the scope that makes columns of the gradebook, and make missing ones',
    )
    .action(answering((options: InviteOptions) => withGround((ground) => invite(ground, options))))
  command(platform, 'list', 'all registered platforms').action(answering(() => withGround(list)))
  acting(platform, 'activate', 'take launches of a platform', 'active', activatePlatform)
  acting(platform, 'deactivate', 'refuse launches of a platform from now on', 'inactive', deactivatePlatform)
  acting(platform, 'remove', 'forget a platform and its keys', 'removed', removePlatform)
  deciding(platform, 'approve', 'let in a deployment that a launch has named', 'active', approveDeployment)
  deciding(platform, 'withdraw', 'refuse a deployment that was let in', 'pending', withdrawDeployment)
  command(platform, 'set', 'change a registration; what is not named stays')
    .argument('<id>')
    .option('--name <name>')
    .option('--frame-origin <origin...>', 'all origins that may show our pages in a frame')
    .option('--service-origin <origin...>', 'all origins on which its services lie')
    .action(answering((id: string, options: SetOptions) => withGround((ground) => set(ground, id, options))))
  command(
    platform,
    'rotate',
    "change the tool's key: published now, signs in a day, the old one goes a day later",
  )
    .argument('<id>')
    .option('--now', 'at once, for a key that somebody else may have')
    .action(
      answering((id: string, { now }: { now?: boolean }) =>
        withGround(async (ground) => {
          const platformId = readId(id, 'a platform')
          const change = now ? replaceKeyNow : beginRotation
          const rotation = await change(ground, platformId, operator())
          return now ? { kid: rotation.newKid } : { rotation: rotationJson(rotation) }
        }),
      ),
    )
  command(platform, 'test', 'ask a platform for what Xueshi needs of it, and say what is wrong')
    .argument('<id>')
    .action(answering((id: string) => withGround((ground) => test(ground, id))))
}

function acting(
  platform: Command,
  name: string,
  about: string,
  state: string,
  act: (ground: Ground, platformId: string, actor: string) => Promise<void>,
): void {
  command(platform, name, about)
    .argument('<id>')
    .action(
      answering((id: string) =>
        withGround(async (ground) => {
          await act(ground, readId(id, 'a platform'), operator())
          return { state }
        }),
      ),
    )
}

function deciding(
  platform: Command,
  name: string,
  about: string,
  state: string,
  act: (ground: Ground, platformId: string, deploymentId: string, actor: string) => Promise<void>,
): void {
  command(platform, name, about)
    .argument('<id>')
    .requiredOption('--deployment-id <id>', 'as `platform list` shows it')
    .action(
      answering((id: string, { deploymentId }: { deploymentId: string }) =>
        withGround(async (ground) => {
          await act(ground, readId(id, 'a platform'), deploymentId, operator())
          return { state }
        }),
      ),
    )
}

async function invite(ground: Ground, { moreHost, manageColumns, update, ...options }: InviteOptions) {
  const registrationId = update === undefined ? undefined : readId(update, 'a platform')
  const wish = { ...options, moreHosts: moreHost, managesColumns: manageColumns, registrationId }
  const { registrationUrl, expiresAt } = await invitePlatform(ground, wish, operator())
  return { registration_url: registrationUrl, expires_at: isoOf(expiresAt) }
}

async function list(ground: Ground): Promise<Answer> {
  const changing = await rotations(ground.db)
  const platforms = await listPlatforms(ground)
  return {
    platforms: platforms.map((platform) => ({
      platform_id: platform.platformId,
      name: platform.name,
      issuer: platform.issuer,
      client_id: platform.clientId,
      state: platform.active ? 'active' : 'inactive',
      deployments: platform.deployments.map(({ deploymentId, state }) => ({
        deployment_id: deploymentId,
        state,
      })),
      auth_url: platform.authUrl,
      token_url: platform.tokenUrl,
      jwks_url: platform.jwksUrl,
      registered_at: isoOf(platform.registeredAt),
      registered_by: platform.registeredBy,
      frame_origins: platform.frameOrigins,
      service_origins: platform.serviceOrigins,
      kid: platform.kid,
      rotation: rotationJson(changing.get(platform.platformId)),
    })),
  }
}

function rotationJson(rotation: Rotation | undefined) {
  if (!rotation) return null
  const { newKid, begunAt, switchedAt } = rotation
  return {
    new_kid: newKid,
    begun_at: isoOf(begunAt),
    switched_at: switchedAt === null ? null : isoOf(switchedAt),
  }
}

async function set(ground: Ground, id: string, options: SetOptions): Promise<Answer> {
  const { name, frameOrigin: frameOrigins, serviceOrigin: serviceOrigins } = options
  if (name === undefined && !frameOrigins && !serviceOrigins)
    throw new InvalidInput('bad-usage', 'name at least one of --name, --frame-origin, --service-origin')
  const changes = { name, frameOrigins, serviceOrigins }
  const changed = await changePlatform(ground, readId(id, 'a platform'), changes, operator())
  return { name: changed.name, frame_origins: changed.frameOrigins, service_origins: changed.serviceOrigins }
}

/** Whoever may type a command on this machine may also ask private addresses from it. */
async function test(ground: Ground, id: string): Promise<Answer> {
  const anywhere = addressGuard(['0.0.0.0/0', '::/0'])
  const diagnosis = await testPlatform(ground, readId(id, 'a platform'), anywhere)
  const answer = {
    ok: diagnosis.ok,
    checks: diagnosis.findings.map((finding) => ({
      check: finding.check,
      result: finding.result,
      ...sentencesOf('en', finding),
    })),
  }
  if (!answer.ok) throw new Refusal(answer)
  return answer
}
