import { randomBytes, randomInt } from 'node:crypto'
import { idBytes, idBytesOrNull } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { isDuplicateKey, type Row } from '../../foundation/database/dialect.ts'
import { transact } from '../../foundation/database/transact.ts'
import { Conflict } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { asInstant } from '../../foundation/time.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import { sourceById } from '../sources/source.ts'
import { lastSeq } from '../statements/read.ts'
import { type Credential, openCredential, sealCredential } from './credential.ts'
import { type Destination, requireDestination } from './destination.ts'
import {
  type CredentialWish,
  checkedUrl,
  credentialOf,
  type DestinationChange,
  type DestinationWish,
  invalid,
} from './wish.ts'

/** A destination that was made. The secret of a webhook's signatures is shown once. */
export interface NewDestination {
  destination_id: Id
  secret: string | null
}

/**
 * Makes a destination; it is active at once. Throws InvalidInput (`destination-invalid`) and Conflict
 * (`destination-exists`). `actor` is who does it, as the audit says it.
 */
export async function addDestination(
  ground: Ground,
  wish: DestinationWish,
  actor: string,
): Promise<NewDestination> {
  const { db, config, now } = ground
  const id = newId()
  const url = checkedUrl(wish.url, config)
  if (wish.kind === 'lrs' && new URL(url).search) throw invalid('the endpoint of an LRS has no query')
  const secret = wish.kind === 'webhook' ? newSecret() : null
  const credential: Credential =
    wish.kind === 'lrs'
      ? credentialOf(wish.credential, config)
      : { kind: 'signature', secret: secret as string, previous: null }
  await unique(() =>
    transact(
      db,
      async (trx) => {
        if (wish.kind === 'lrs') await requireSource(trx, wish.source_id)
        const at = now()
        await trx('destination').insert({
          destination_id: idBytes(id),
          // Chance keeps two that are made at once apart; the unique key sees to it.
          shard: randomInt(1, 2 ** 31),
          name: wish.name.normalize('NFC'),
          open_flag: 1,
          kind: wish.kind,
          url,
          version: wish.kind === 'lrs' ? wish.version : '',
          filter: json(wish.filter),
          redaction: json(wish.kind === 'lrs' ? wish.redaction : {}),
          events: wish.kind === 'webhook' ? wish.events.join(' ') : '',
          source_id: wish.kind === 'lrs' ? idBytesOrNull(wish.source_id) : null,
          credential: credential.kind === 'none' ? null : sealCredential(config, id, credential),
          state: 'active',
          pause_code: null,
          cursor_seq: wish.kind === 'lrs' && wish.from === 'start' ? 0 : await lastSeq(trx),
          failures: 0,
          next_try_at: at,
          created_at: at,
          changed_at: at,
        })
        await audit(trx, ground, { actor, action: 'destination-added', id, detail: { kind: wish.kind, url } })
      },
      { idempotent: false },
    ),
  )
  return { destination_id: id, secret }
}

/**
 * Changes a destination. Throws NotFound (`destination-unknown`), InvalidInput (`destination-invalid`) and Conflict
 * (`destination-exists`). Credentials never follow to another host: whoever changes the address gives them anew.
 */
export async function changeDestination(
  ground: Ground,
  id: Id,
  change: DestinationChange,
  actor: string,
): Promise<void> {
  const { db, config, now } = ground
  await unique(() =>
    transact(
      db,
      async (trx) => {
        const before = await requireDestination(trx, id)
        checkFits(before, change)
        const columns: Row = { changed_at: now() }
        if (change.name !== undefined) columns.name = change.name.normalize('NFC')
        if (change.url !== undefined) columns.url = urlAfter(before, change, config)
        if (change.version !== undefined) columns.version = change.version
        if (change.filter !== undefined) columns.filter = json(change.filter)
        if (change.redaction !== undefined) columns.redaction = json(change.redaction)
        if (change.events !== undefined) columns.events = change.events.join(' ')
        if (change.source_id !== undefined) {
          await requireSource(trx, change.source_id)
          columns.source_id = idBytesOrNull(change.source_id)
        }
        if (change.credential !== undefined) columns.credential = sealedWish(config, id, change.credential)
        // Whatever made it fail may be mended now.
        columns.failures = 0
        columns.next_try_at = now()
        await trx('destination')
          .where({ destination_id: idBytes(id) })
          .update(columns)
        const changed = Object.keys(change).sort().join(' ')
        await audit(trx, ground, { actor, action: 'destination-changed', id, detail: { changed } })
      },
      { idempotent: true },
    ),
  )
}

/** Stops sending until it is resumed; nothing is lost. Throws NotFound (`destination-unknown`). */
export async function pauseDestination(ground: Ground, id: Id, actor: string): Promise<void> {
  await setState(ground, id, { state: 'paused', pause_code: 'by_hand' }, actor, 'destination-paused')
}

/** Sends again, at once, from where it stopped. Throws NotFound (`destination-unknown`). */
export async function resumeDestination(ground: Ground, id: Id, actor: string): Promise<void> {
  const columns = { state: 'active', pause_code: null, failures: 0, next_try_at: ground.now() }
  await setState(ground, id, columns, actor, 'destination-resumed')
}

/** Ends a destination for good: its credentials go at once, its deliveries soon. Throws NotFound. */
export async function removeDestination(ground: Ground, id: Id, actor: string): Promise<void> {
  const columns = { state: 'removed', open_flag: null, credential: null }
  await setState(ground, id, columns, actor, 'destination-removed')
}

/**
 * Gives a webhook a new secret; the one before signs too for `overlapHours`, so that the receiver changes over without
 * a gap. An LRS gets the credential that is given. Throws NotFound (`destination-unknown`), InvalidInput
 * (`destination-invalid`).
 */
export async function rotateSecret(
  ground: Ground,
  id: Id,
  wish: { overlapHours: number; credential?: CredentialWish | undefined },
  actor: string,
): Promise<{ secret: string | null }> {
  const { db, config, now } = ground
  const secret = newSecret()
  return transact(
    db,
    async (trx) => {
      const destination = await requireDestination(trx, id)
      const isHook = destination.kind === 'webhook'
      if (!isHook && !wish.credential) throw invalid('an LRS needs the credential that it gave us')
      if (isHook && wish.credential) throw invalid('the secret of a webhook is drawn here')
      const sealed = wish.credential
        ? sealedWish(config, id, wish.credential)
        : sealCredential(config, id, {
            kind: 'signature',
            secret,
            previous: previousOf(destination, config, asInstant(now() + wish.overlapHours * 3_600_000_000)),
          })
      await trx('destination')
        .where({ destination_id: idBytes(id) })
        .update({ credential: sealed, changed_at: now() })
      await audit(trx, ground, { actor, action: 'destination-secret-rotated', id })
      return { secret: isHook ? secret : null }
    },
    { idempotent: true },
  )
}

function previousOf(
  { id, sealedCredential }: Destination,
  config: Ground['config'],
  until: ReturnType<typeof asInstant>,
) {
  const before = sealedCredential && openCredential(config, id, sealedCredential)
  return before?.kind === 'signature' ? { secret: before.secret, until } : null
}

function checkFits({ kind }: Destination, change: DestinationChange): void {
  const ofLrs = [change.version, change.redaction, change.source_id, change.credential]
  if (kind === 'webhook' && ofLrs.some((part) => part !== undefined))
    throw invalid('a webhook has an address, events and the sources it is told of')
  if (kind === 'webhook' && Object.keys(change.filter ?? {}).some((part) => part !== 'sources'))
    throw invalid('a webhook filters by sources')
  if (kind === 'lrs' && change.events !== undefined) throw invalid('events are for webhooks')
}

function urlAfter(before: Destination, change: DestinationChange, config: Ground['config']): string {
  const url = checkedUrl(change.url as string, config)
  if (before.kind === 'lrs' && new URL(url).search) throw invalid('the endpoint of an LRS has no query')
  const moves = new URL(url).origin !== new URL(before.url).origin
  if (moves && before.kind === 'lrs' && before.sealedCredential && change.credential === undefined)
    throw invalid('another host needs its credential given anew')
  return url
}

function sealedWish(config: Ground['config'], id: Id, wish: CredentialWish): Buffer | null {
  const credential = credentialOf(wish, config)
  return credential.kind === 'none' ? null : sealCredential(config, id, credential)
}

async function setState(ground: Ground, id: Id, columns: Row, actor: string, action: string): Promise<void> {
  await transact(
    ground.db,
    async (trx) => {
      await requireDestination(trx, id)
      await trx('destination')
        .where({ destination_id: idBytes(id) })
        .update({ ...columns, changed_at: ground.now() })
      await audit(trx, ground, { actor, action, id })
    },
    { idempotent: false },
  )
}

async function requireSource(trx: Trx, sourceId: Id | null): Promise<void> {
  if (sourceId !== null && !(await sourceById(trx, sourceId))) throw invalid('no source has this id')
}

async function audit(
  trx: Trx,
  { now }: Ground,
  entry: { actor: string; action: string; id: Id; detail?: Record<string, unknown> },
): Promise<void> {
  const { id, detail, ...rest } = entry
  const more = detail ? { detail } : {}
  await recordAudit(trx, { ...rest, ...more, subjectKind: 'destination', subjectId: id, now: now() })
}

async function unique<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    if (isDuplicateKey(error, 'destination_name'))
      throw new Conflict('destination-exists', 'another destination has this name')
    throw error
  }
}

function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
