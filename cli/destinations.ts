import type { Command } from 'commander'
import { InvalidInput, NotFound } from '../foundation/errors.ts'
import type { Ground } from '../foundation/ground.ts'
import { type Id, isId } from '../foundation/ids.ts'
import { type DeliveryState, deliveryStates } from '../xapi-bridge/forwarding/delivery.ts'
import { destinations } from '../xapi-bridge/forwarding/destination.ts'
import { toDeliveryJson, toDestinationJson } from '../xapi-bridge/forwarding/json.ts'
import { deliveriesPage, figuresOf, replayDeliveries } from '../xapi-bridge/forwarding/log.ts'
import {
  addDestination,
  pauseDestination,
  removeDestination,
  resumeDestination,
  rotateSecret,
} from '../xapi-bridge/forwarding/manage.ts'
import { webhookEvents } from '../xapi-bridge/forwarding/signature.ts'
import { createForwarding } from '../xapi-bridge/forwarding/steps.ts'
import { tryOut } from '../xapi-bridge/forwarding/try-out.ts'
import { type DeliveryCode, deliveryCodes } from '../xapi-bridge/forwarding/verdict.ts'
import { type DestinationWish, destinationWish } from '../xapi-bridge/forwarding/wish.ts'
import { sourceByName } from '../xapi-bridge/sources/source.ts'
import { type Answer, answering, command, Refusal } from './answer.ts'
import { operator, withGround } from './open.ts'
import { readWord, wrongOption } from './option.ts'

/** Commands about where statements and events are sent on to. */
export function addDestinationCommands(program: Command): void {
  addDestinations(program.command('destination').description('LRSs and webhooks that statements go on to'))
  addDeliveries(program.command('delivery').description('what went there, and what did not'))
}

interface AddOptions {
  name: string
  kind: string
  url: string
  xapiVersion?: string
  event?: string[]
  source?: string[]
  verb?: string[]
  activity?: string[]
  objectType?: string[]
  category?: string[]
  outcome?: string[]
  dropNames?: boolean
  pseudonyms?: boolean
  isSource?: string
  fromStart?: boolean
  key?: string
  secret?: string
  tokenUrl?: string
  clientId?: string
  clientSecret?: string
  scope?: string
}

const byName = 'its name or id, as `destination list` shows it'

function addDestinations(destination: Command): void {
  command(destination, 'add', 'send statements or events on; the secret of a webhook is shown once')
    .requiredOption('--name <name>')
    .requiredOption('--kind <kind>', 'lrs or webhook')
    .requiredOption('--url <address>', 'the endpoint of an LRS, or where a webhook listens')
    .option('--xapi-version <version>', 'spoken to an LRS: 1.0.3 or 2.0.0')
    .option('--event <event...>', webhookEvents.join(', '))
    .option('--source <name...>', 'only what these sources pushed')
    .option('--verb <iri...>', 'only these verbs')
    .option('--activity <iri...>', 'only about these activities')
    .option('--object-type <type...>', 'only objects of this type, or activities of that type')
    .option('--category <iri...>', 'only with this profile among its categories')
    .option('--outcome <outcome...>', 'only when conversion comes to this: claimed, quarantined …')
    .option('--drop-names', 'without names of people')
    .option('--pseudonyms', 'people as keyed pseudonyms')
    .option('--is-source <name>', 'the source that this receiver is: nothing of its own returns')
    .option('--from-start', 'what is stored already too')
    .option('--key <key>', 'Basic: key')
    .option('--secret <secret>', 'Basic: secret')
    .option('--token-url <address>', 'OAuth client credentials: where tokens are given')
    .option('--client-id <id>')
    .option('--client-secret <secret>')
    .option('--scope <scope>')
    .action(
      answering((options: AddOptions) =>
        withGround(async (ground) => ({
          ...(await addDestination(ground, await wishOf(ground, options), operator())),
        })),
      ),
    )
  command(destination, 'list', 'all destinations with what waits, failed and is dead').action(
    answering(() => withGround(list)),
  )
  command(destination, 'pause', 'send nothing until it is resumed')
    .argument('<destination>', byName)
    .action(answering((name: string) => acting(name, 'paused', pauseDestination)))
  command(destination, 'resume', 'send again, at once')
    .argument('<destination>', byName)
    .action(answering((name: string) => acting(name, 'active', resumeDestination)))
  command(destination, 'remove', 'end it for good')
    .argument('<destination>', byName)
    .action(answering((name: string) => acting(name, 'removed', removeDestination)))
  command(destination, 'test', 'ask the receiver once, now')
    .argument('<destination>', byName)
    .action(answering((name: string) => withGround((ground) => test(ground, name))))
  command(destination, 'rotate', 'a new secret for a webhook, or the new credential that an LRS gave')
    .argument('<destination>', byName)
    .option('--overlap-hours <hours>', 'so long both secrets sign', '24')
    .option('--key <key>', 'Basic: key')
    .option('--secret <secret>', 'Basic: secret')
    .option('--token-url <address>')
    .option('--client-id <id>')
    .option('--client-secret <secret>')
    .option('--scope <scope>')
    .action(
      answering((name: string, options: AddOptions & { overlapHours: string }) =>
        withGround(async (ground) => {
          const id = await idOf(ground, name)
          const overlapHours = wholeNumber(options.overlapHours, '--overlap-hours')
          const credential = credentialWishOf(options)
          return { ...(await rotateSecret(ground, id, { overlapHours, credential }, operator())) }
        }),
      ),
    )
}

/** The options that are not called as their fields. */
const optionOf: Record<string, string> = {
  version: '--xapi-version',
  events: '--event',
  from: '--from-start',
  source_id: '--is-source',
  sources: '--source',
  verbs: '--verb',
  activities: '--activity',
  object_types: '--object-type',
  categories: '--category',
  outcomes: '--outcome',
}

async function wishOf(ground: Ground, options: AddOptions): Promise<DestinationWish> {
  const sources =
    options.source && (await Promise.all(options.source.map((name) => sourceIdOf(ground, name))))
  const filter = {
    sources,
    verbs: options.verb,
    activities: options.activity,
    object_types: options.objectType,
    categories: options.category,
    outcomes: options.outcome,
  }
  const ofLrs = {
    version: options.xapiVersion,
    redaction: {
      names: options.dropNames ? 'drop' : undefined,
      actors: options.pseudonyms ? 'pseudonym' : undefined,
    },
    source_id: options.isSource && (await sourceIdOf(ground, options.isSource)),
    credential: credentialWishOf(options),
    from: options.fromStart ? 'start' : undefined,
  }
  const { name, url, event: events } = options
  const kind = readWord(options.kind, ['lrs', 'webhook'], '--kind')
  if (kind === 'webhook' && !events)
    throw new InvalidInput('bad-usage', `a webhook needs --event: one or more of ${webhookEvents.join(', ')}`)
  const wish = { name, kind, url, filter: given(filter), ...(kind === 'lrs' ? given(ofLrs) : {}) }
  const read = destinationWish.safeParse(events ? { ...wish, events } : wish)
  if (read.success) return read.data
  throw wrongOption(read.error, (field) => optionOf[field] ?? `--${field.replaceAll('_', '-')}`)
}

function credentialWishOf({ key, secret, tokenUrl, clientId, clientSecret, scope }: AddOptions) {
  if (tokenUrl !== undefined && clientId !== undefined && clientSecret !== undefined) {
    const more = scope === undefined ? {} : { scope }
    return {
      kind: 'oauth' as const,
      token_url: tokenUrl,
      client_id: clientId,
      client_secret: clientSecret,
      ...more,
    }
  }
  if (key !== undefined && secret !== undefined) return { kind: 'basic' as const, key, secret }
  if ([key, secret, tokenUrl, clientId, clientSecret].every((part) => part === undefined)) return undefined
  throw new InvalidInput(
    'bad-usage',
    'give --key and --secret, or --token-url, --client-id and --client-secret',
  )
}

function given(parts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parts)
      .map(
        ([key, value]) =>
          [key, key === 'redaction' ? given(value as Record<string, unknown>) : value] as const,
      )
      .filter(([, value]) => value !== undefined && value !== ''),
  )
}

async function list({ db, now }: Ground): Promise<Answer> {
  const all = await destinations(db)
  const figures = await figuresOf(db, all)
  return {
    destinations: all.flatMap((one) => {
      const own = figures.get(one.id)
      return own ? [toDestinationJson(one, own, now())] : []
    }),
  }
}

function acting(
  name: string,
  state: string,
  act: (ground: Ground, id: Id, actor: string) => Promise<void>,
): Promise<Answer> {
  return withGround(async (ground) => {
    await act(ground, await idOf(ground, name), operator())
    return { state }
  })
}

async function test(ground: Ground, name: string): Promise<Answer> {
  const forwarding = createForwarding(ground)
  try {
    const answer = { ...(await tryOut(forwarding, await idOf(ground, name))) }
    if (!answer.ok) throw new Refusal(answer)
    return answer
  } finally {
    forwarding.sender.close()
  }
}

interface ListOptions {
  destination?: string
  state?: string
  code?: string
  limit: string
}

function addDeliveries(delivery: Command): void {
  command(delivery, 'list', 'deliveries, newest first')
    .option('--destination <destination>', byName)
    .option('--state <state>', deliveryStates.join(', '))
    .option('--code <code>', 'only what met this')
    .option('--limit <n>', 'at most so many', '100')
    .action(answering((options: ListOptions) => withGround((ground) => listDeliveries(ground, options))))
  command(delivery, 'replay', 'put dead deliveries of a destination back in line')
    .requiredOption('--destination <destination>', byName)
    .option('--state <state>', 'dead or delivered', 'dead')
    .option('--code <code>', 'only what met this')
    .option('--id <id...>', 'only these')
    .action(
      answering((options: { destination: string; state: string; code?: string; id?: string[] }) =>
        withGround(async (ground) => {
          const state = readWord(options.state, ['dead', 'delivered'] as const, '--state')
          const id = await idOf(ground, options.destination)
          const replay = { state, code: codeOf(options.code), deliveryIds: options.id?.map(deliveryIdOf) }
          return { replayed: await replayDeliveries(ground, id, replay, operator()) }
        }),
      ),
    )
}

async function listDeliveries(ground: Ground, options: ListOptions): Promise<Answer> {
  const left = wholeNumber(options.limit, '--limit')
  const state: DeliveryState | undefined =
    options.state === undefined ? undefined : readWord(options.state, deliveryStates, '--state')
  const destinationId =
    options.destination === undefined ? undefined : await idOf(ground, options.destination)
  const found: ReturnType<typeof toDeliveryJson>[] = []
  let after: string | undefined
  while (found.length < left) {
    const size = Math.min(500, left - found.length)
    const page = await deliveriesPage(ground.db, {
      destinationId,
      state,
      code: codeOf(options.code),
      after,
      size,
    })
    found.push(...page.deliveries.map(toDeliveryJson))
    if (page.next === null) break
    after = page.next
  }
  return { deliveries: found }
}

function codeOf(text: string | undefined): DeliveryCode | undefined {
  return text === undefined ? undefined : readWord(text, deliveryCodes, '--code')
}

function wholeNumber(text: string, option: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidInput('bad-usage', `${option} takes a whole number`)
  return Number(text)
}

function deliveryIdOf(text: string): Id {
  if (!isId(text)) throw new InvalidInput('bad-usage', '--id takes UUIDs, as the list shows them')
  return text
}

async function idOf({ db }: Ground, name: string): Promise<Id> {
  const found = (await destinations(db)).find((one) => one.id === name || one.name === name)
  if (!found) throw new NotFound('destination-unknown', 'no destination has this name or id')
  return found.id
}

async function sourceIdOf({ db }: Ground, name: string): Promise<Id> {
  const source = await sourceByName(db, name)
  if (!source) throw new NotFound('source-unknown', `no source is named ${name}`)
  return source.id
}
