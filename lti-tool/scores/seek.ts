import { idBytes } from '../../foundation/database/codec.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { accountsWithClaimsOn } from '../../ledger/catalogue/claimed.ts'
import { offeringById } from '../../ledger/catalogue/offering.ts'
import { agsScopes, createLineItem, type LineItem, lineItemsOfLink } from '../lti-services/ags.ts'
import { contextOfLaunch } from '../lti-services/launch-context.ts'
import {
  forgetTokens,
  isServiceAddress,
  type ServiceAnswer,
  type ServiceContext,
  type ServiceFailure,
  type ServiceRegistration,
} from '../lti-services/service-call.ts'
import { askedWaitMs, codeOfFailure, serviceBackOffMs } from '../lti-services/service-code.ts'
import { enterScoresOf } from './enter.ts'
import { laneOf } from './lane.ts'
import { type SoughtLineItem, soughtFrom } from './line-item.ts'
import type { ScoreCode } from './score.ts'
import type { Sending } from './send.ts'

const leaseMicros = 60_000_000
const mostAttempts = 40

/** What looking for a line item came to. */
type Found =
  | { state: 'found'; lineItemUrl: string; created: boolean }
  | { state: 'choose'; candidates: LineItem[] }
  | { state: 'absent' }

/**
 * Looks for the line item of one offering on one resource link, the longest due first; false when none is due. Only one
 * that carries our resource id is ours; where there are several, or others only, a person chooses.
 */
export async function seekLineItem(
  on: Sending,
  registrations: readonly ServiceRegistration[],
): Promise<boolean> {
  const { db, now } = on.ground
  const row = await db('score_line_item')
    .where({ state: 'waiting' })
    .where('not_before', '<=', now())
    .where('leased_until', '<', now())
    .orderBy(['not_before', 'line_item_id'])
    .first()
  if (!row) return false
  const sought = soughtFrom(row)
  const taken = await db('score_line_item')
    .where({ line_item_id: idBytes(sought.id), state: 'waiting' })
    .where('leased_until', '<', now())
    .update({ lease_owner: idBytes(on.owner), leased_until: now() + leaseMicros })
  if (taken !== 1) return true
  const registration = registrations.find(
    ({ iss, clientId }) => iss === sought.iss && clientId === sought.clientId,
  )
  await new Seeking(on, sought, registration ?? null).run()
  return true
}

class Seeking {
  private readonly on: Sending
  private readonly sought: SoughtLineItem
  private readonly registration: ServiceRegistration | null

  constructor(on: Sending, sought: SoughtLineItem, registration: ServiceRegistration | null) {
    this.on = on
    this.sought = sought
    this.registration = registration
  }

  async run(): Promise<void> {
    const { ground } = this.on
    const { registration, sought } = this
    if (!registration) return this.settle({ state: 'absent' }, { code: 'PLATFORM_GONE', status: null })
    const launch = await launchOf(ground, sought.launchId)
    const offering = await offeringById(ground.db, sought.offeringId)
    const mayList = [agsScopes.lineItem, agsScopes.lineItemReadonly].some((scope) =>
      launch.scopes.includes(scope),
    )
    if (!offering || !mayList || !isServiceAddress(ground, registration, sought.lineItemsUrl))
      return this.settle({ state: 'absent' }, { code: 'SCOPE_REFUSED', status: null })
    const listed = await this.asked(() => lineItemsOfLink(ground, registration, launch.context))
    if (!listed.ok) return this.failed(listed.failure)
    const items = listed.value.filter(({ id }) => isServiceAddress(ground, registration, id))
    const ours = items.filter(({ resourceId }) => resourceId === offering.code)
    const [only] = ours
    if (only && ours.length === 1)
      return this.settle({ state: 'found', lineItemUrl: only.id, created: false }, null)
    if (items.length > 0)
      return this.settle({ state: 'choose', candidates: ours.length > 0 ? ours : items }, null)
    const { lineItems } = await laneOf(ground.db, registration.registrationId)
    if (lineItems !== 'create' || !launch.scopes.includes(agsScopes.lineItem))
      return this.settle({ state: 'absent' }, null)
    const made = await this.asked(() => createLineItem(ground, registration, launch.context, offering))
    if (!made.ok) return this.failed(made.failure)
    if (!isServiceAddress(ground, registration, made.value.id))
      return this.settle({ state: 'absent' }, { code: 'FOREIGN_HOST', status: null })
    return this.settle({ state: 'found', lineItemUrl: made.value.id, created: true }, null)
  }

  /** Asks, and once more with a fresh token where the one we had was refused. */
  private async asked<T>(ask: () => Promise<ServiceAnswer<T>>): Promise<ServiceAnswer<T>> {
    const answer = await ask()
    if (answer.ok || codeOfFailure(answer.failure) !== 'UNAUTHENTICATED') return answer
    await forgetTokens(this.on.ground, this.sought)
    return ask()
  }

  private async failed(failure: ServiceFailure): Promise<void> {
    const { ground, draw, owner } = this.on
    const { db, now, log } = ground
    const code = codeOfFailure(failure)
    const { status } = failure
    const attempts = this.sought.attempts + 1
    if (code === 'TOKEN_UNAVAILABLE') await forgetTokens(ground, this.sought)
    if (code === 'FORBIDDEN' || code === 'SCOPE_REFUSED' || code === 'GONE' || attempts > mostAttempts)
      return this.settle({ state: 'absent' }, { code, status })
    const waitMs = serviceBackOffMs(attempts, draw(), askedWaitMs(failure, now() / 1000))
    log.warn({ lineItemId: this.sought.id, code, status, waitMs }, 'line items cannot be read now')
    await db('score_line_item')
      .where({ line_item_id: idBytes(this.sought.id), lease_owner: idBytes(owner) })
      .update({
        code,
        status,
        attempts,
        not_before: now() + waitMs * 1000,
        lease_owner: null,
        leased_until: 0,
      })
  }

  private async settle(
    found: Found,
    fault: { code: ScoreCode; status: number | null } | null,
  ): Promise<void> {
    const { ground, owner } = this.on
    const { db, now, log } = ground
    const settled = await db('score_line_item')
      .where({ line_item_id: idBytes(this.sought.id), lease_owner: idBytes(owner), state: 'waiting' })
      .update({
        state: found.state,
        line_item_url: found.state === 'found' ? found.lineItemUrl : null,
        candidates:
          found.state === 'choose'
            ? Buffer.from(JSON.stringify(found.candidates.map(({ id, label }) => ({ id, label }))))
            : null,
        created: found.state === 'found' && found.created ? 1 : 0,
        code: fault?.code ?? null,
        status: fault?.status ?? null,
        settled_at: now(),
        lease_owner: null,
        leased_until: 0,
      })
    if (settled === 0) return
    const facts = { lineItemId: this.sought.id, state: found.state, code: fault?.code ?? null }
    if (found.state === 'found') log.info(facts, 'line item found')
    else log.warn(facts, 'no line item: scores of this link wait for a person')
    if (found.state === 'found') await enterScoresOn(ground, this.sought.offeringId)
  }
}

/** Enters the scores of everybody with claims on an offering, some at a time. */
export async function enterScoresOn({ db, now }: Pick<Ground, 'db' | 'now'>, offeringId: Id): Promise<void> {
  const teacherIds = await accountsWithClaimsOn(db, [offeringId])
  for (let from = 0; from < teacherIds.length; from += 100) {
    const some = teacherIds.slice(from, from + 100)
    await transact(db, (trx) => enterScoresOf(trx, some, now()), { idempotent: true })
  }
}

async function launchOf(
  { db }: Ground,
  launchId: Id,
): Promise<{ context: ServiceContext; scopes: string[] }> {
  const row = await db('lti_launch')
    .where({ launch_id: idBytes(launchId) })
    .first('ags_scopes')
  return {
    context: await contextOfLaunch(db, launchId),
    scopes: String(row?.ags_scopes ?? '').split(' '),
  }
}
