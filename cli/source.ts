import type { Command } from 'commander'
import { InvalidInput, NotFound } from '../foundation/errors.ts'
import type { Ground } from '../foundation/ground.ts'
import type { Id } from '../foundation/ids.ts'
import { isoOf } from '../foundation/time.ts'
import { presetNames } from '../xapi-bridge/rules/rule-set.ts'
import { addSource, type SourceWish } from '../xapi-bridge/sources/add.ts'
import { conditionsOf, hoursKept, hoursSince } from '../xapi-bridge/sources/condition.ts'
import {
  type CredentialWish,
  credentialsOf,
  revokeCredential,
  rotateCredential,
} from '../xapi-bridge/sources/credential.ts'
import { toCredentialJson, toSourceJson } from '../xapi-bridge/sources/json.ts'
import { type Scope, scopes } from '../xapi-bridge/sources/scopes.ts'
import { changeSource, type SourceChanges, sourceChanges } from '../xapi-bridge/sources/settings.ts'
import { setSigningSecret } from '../xapi-bridge/sources/signing.ts'
import { sourceByName } from '../xapi-bridge/sources/source.ts'
import { addAliases } from './aliases.ts'
import { type Answer, answering, command } from './answer.ts'
import { operator, withGround } from './open.ts'
import { readWord, wrongOption } from './option.ts'

interface CredentialOptions {
  scope?: string[]
  expires?: string
}

interface AddOptions extends CredentialOptions {
  name: string
  preset: string
  actorHomePage: string[]
  profile?: string
  onVoid?: string
  trial?: boolean
}

interface SetOptions {
  state?: string
  discardTrial?: boolean
  actorHomePage?: string[]
  outside?: string
  guard?: string
  onVoid?: string
  onConflict?: string
  onOverload?: string
  hops?: string
  rateStatements?: string
  rateBytes?: string
}

/** Commands about systems that push: who they are, what they may, how they are. */
export function addSources(source: Command): void {
  addAliases(source.command('alias').description('further names that a source has for offerings'))
  withCredentialOptions(
    command(source, 'add', 'register a system that pushes; its secret is shown once')
      .requiredOption('--name <name>')
      .requiredOption('--preset <preset>', `how its statements are read: ${presetNames.join(', ')}`)
      .requiredOption('--actor-home-page <address...>', 'whose accounts it may speak of; * allows any')
      .option('--profile <profile>', 'conformance: without limits, for a test suite')
      .option('--on-void <how>', 'review (a person decides) or auto')
      .option('--trial', 'stored, converted and shown, never credited'),
  ).action(answering((options: AddOptions) => withGround((ground) => add(ground, options))))

  command(source, 'list', 'all sources with what they pushed and what is wrong with them').action(
    answering(() =>
      withGround(async ({ db, now }) => ({
        sources: (await conditionsOf(db, now())).map((one) => {
          const { alarms, waiting, ...json } = toSourceJson(one)
          return { ...json, alarms: alarms.map(({ kind }) => kind), waiting: waitingOf(waiting) }
        }),
      })),
    ),
  )
  command(source, 'show', 'one source: settings, credentials, condition, what came hour by hour')
    .argument('<name>')
    .action(answering((name: string) => withGround((ground) => show(ground, name))))

  command(source, 'set', 'change settings; what is not named stays')
    .argument('<name>')
    .option('--state <state>', 'trial, live, paused, or revoked (for good)')
    .option('--discard-trial', 'with --state live: what waited on trial is set aside, not credited')
    .option('--actor-home-page <address...>', 'whose accounts it may speak of; * allows any')
    .option('--outside <how>', 'actors of other addresses: keep (stored, waits) or refuse (403)')
    .option('--guard <how>', 'a statement with an identity number: block, seal or off')
    .option('--on-void <how>', 'review (a person decides) or auto')
    .option('--on-conflict <how>', 'same id, other content: refuse (409) or quiet')
    .option('--on-overload <how>', 'full queue: refuse (503) or wait')
    .option('--hops <how>', 'X-Xueshi-Hop: ignore, or honour where it is an installation that forwards to us')
    .option('--rate-statements <n>', 'statements a second in each process, or off')
    .option('--rate-bytes <n>', 'bytes a second in each process, or off')
    .action(
      answering((name: string, options: SetOptions) => withGround((ground) => set(ground, name, options))),
    )

  withCredentialOptions(
    command(source, 'rotate', 'a further key and secret; the old ones stay good until revoked').argument(
      '<name>',
    ),
  ).action(
    answering((name: string, options: CredentialOptions) =>
      withGround(async (ground) => {
        const sourceId = await sourceIdOf(ground, name)
        return { ...(await rotateCredential(ground, sourceId, credentialWish(options), operator())) }
      }),
    ),
  )
  command(source, 'credentials', 'keys of a source with their scopes, term and last use')
    .argument('<name>')
    .action(
      answering((name: string) =>
        withGround(async (ground) => {
          const sourceId = await sourceIdOf(ground, name)
          const credentials = await credentialsOf(ground.db, { sourceId, revoked: true })
          return { credentials: credentials.map(toCredentialJson) }
        }),
      ),
    )
  command(source, 'sign', 'webhooks of its platform have to be signed with this secret, or need not any more')
    .argument('<name>')
    .option('--secret <secret>', 'as the platform shows it')
    .option('--off', 'its credential alone decides again')
    .action(
      answering((name: string, options: { secret?: string; off?: boolean }) =>
        withGround((ground) => sign(ground, name, options)),
      ),
    )
  command(source, 'revoke', 'end one key and its tokens, within a second')
    .argument('<key>')
    .action(
      answering((key: string) =>
        withGround(async (ground) => {
          await revokeCredential(ground, key, { by: operator() })
          return { revoked: key }
        }),
      ),
    )
}

function withCredentialOptions(added: Command): Command {
  return added
    .option('--scope <scope...>', `what its key permits: ${scopes.join(', ')}; default all`)
    .option('--expires <days>', 'after how many days its key ends; default never')
}

async function add(ground: Ground, options: AddOptions): Promise<Answer> {
  const wish: SourceWish = {
    name: options.name,
    preset: options.preset,
    actorHomePages: options.actorHomePage,
    credential: credentialWish(options),
    ...(options.profile && { profile: readWord(options.profile, ['conformance', 'standard'], '--profile') }),
    ...(options.onVoid && { onVoid: readWord(options.onVoid, ['review', 'auto'], '--on-void') }),
    ...(options.trial && { state: 'trial' as const }),
  }
  return { ...(await addSource(ground, wish, operator())) }
}

async function show(ground: Ground, name: string): Promise<Answer> {
  const { db, now } = ground
  const sourceId = await sourceIdOf(ground, name)
  const [condition] = await conditionsOf(db, now(), sourceId)
  if (!condition) throw new NotFound('source-unknown', 'there is no such source')
  const hours = await hoursSince(db, now() - hoursKept, sourceId)
  return {
    ...toSourceJson(condition),
    credentials: condition.credentials.map(toCredentialJson),
    hours: hours.map(({ sourceId: _, at, ...tally }) => ({ hour: isoOf(at), ...tally })),
  }
}

async function set(ground: Ground, name: string, options: SetOptions): Promise<Answer> {
  const sourceId = await sourceIdOf(ground, name)
  const wish = {
    state: options.state,
    actor_home_pages: options.actorHomePage,
    outside: options.outside,
    guard: options.guard,
    on_void: options.onVoid,
    on_conflict: options.onConflict,
    on_overload: options.onOverload,
    hops: options.hops,
    rate_statements: rateOf('--rate-statements', options.rateStatements),
    rate_bytes: rateOf('--rate-bytes', options.rateBytes),
  }
  const named = Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined))
  const read = sourceChanges.safeParse(named)
  if (!read.success)
    throw wrongOption(read.error, (field) =>
      field === 'actor_home_pages' ? '--actor-home-page' : `--${field.replaceAll('_', '-')}`,
    )
  if (Object.keys(named).length === 0) throw new InvalidInput('bad-usage', 'name at least one setting')
  const how = { by: operator(), discardTrial: options.discardTrial === true }
  return { name, ...(await changeSource(ground, sourceId, read.data as SourceChanges, how)) }
}

async function sign(
  ground: Ground,
  name: string,
  { secret, off }: { secret?: string; off?: boolean },
): Promise<Answer> {
  if ((secret === undefined) === !off) throw new InvalidInput('bad-usage', 'give either --secret or --off')
  const sourceId = await sourceIdOf(ground, name)
  const changed = await setSigningSecret(ground, sourceId, secret ?? null, operator())
  return { name, changed, signed_webhooks: secret !== undefined }
}

function rateOf(option: string, text: string | undefined): number | null | undefined {
  if (text === undefined || text === 'off') return text === 'off' ? null : undefined
  return wholeOf(option, text)
}

function wholeOf(option: string, text: string): number {
  if (!/^[1-9]\d{0,11}$/.test(text))
    throw new InvalidInput('bad-usage', `${option} takes a whole number, 1 or more`)
  return Number(text)
}

function credentialWish({ scope, expires }: CredentialOptions): CredentialWish {
  return {
    ...(scope && { scopes: scope.map((one) => readWord<Scope>(one, scopes, '--scope')) }),
    ...(expires !== undefined && { expiresDays: wholeOf('--expires', expires) }),
  }
}

function waitingOf(waiting: { code: string; completions: number }[]): Record<string, number> {
  return Object.fromEntries(waiting.map(({ code, completions }) => [code, completions]))
}

async function sourceIdOf(ground: Ground, name: string): Promise<Id> {
  const source = await sourceByName(ground.db, name)
  if (!source) throw new NotFound('source-unknown', `no source is named ${name}`)
  return source.id
}
