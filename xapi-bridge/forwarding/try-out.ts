import type { Ground } from '../../foundation/ground.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { isoOf } from '../../foundation/time.ts'
import { openCredential } from './credential.ts'
import { type Destination, requireDestination } from './destination.ts'
import type { Outgoing } from './request.ts'
import type { Forwarding } from './run.ts'
import { webhookHeaders } from './signature.ts'
import { type DeliveryCode, type Verdict, verdictOf, verdictOfFailure } from './verdict.ts'

/** What a try-out met. */
export interface TryOut {
  ok: boolean
  /** HTTP status of the answer; null where none came. */
  status: number | null
  code: DeliveryCode | 'CREDENTIAL_UNREADABLE' | null
  milliseconds: number
}

/**
 * Asks a destination once, now, whatever its state: a webhook gets the event `test`; an LRS is asked for one statement,
 * which changes nothing there. An LRS that knows us but lets us only write answers 403, and that is well. Nothing is
 * entered in the log. Throws NotFound (`destination-unknown`).
 */
export async function tryOut(on: Forwarding, id: Id): Promise<TryOut> {
  const { ground } = on
  const destination = await requireDestination(ground.db, id)
  const begun = performance.now()
  const verdict = await ask(on, destination)
  const milliseconds = Math.round(performance.now() - begun)
  if (verdict === null) return { ok: false, status: null, code: 'CREDENTIAL_UNREADABLE', milliseconds }
  const ok = verdict.act === 'delivered' || (destination.kind === 'lrs' && verdict.status === 403)
  return { ok, status: verdict.status, code: verdict.code, milliseconds }
}

async function ask(
  { ground, sender, authorizer }: Forwarding,
  destination: Destination,
): Promise<Verdict | null> {
  const { id, sealedCredential } = destination
  const credential = sealedCredential
    ? openCredential(ground.config, id, sealedCredential)
    : ({ kind: 'none' } as const)
  if (!credential) return null
  const authorization = await authorizer.headersFor(destination, credential)
  if (authorization.failure) return authorization.failure
  const outgoing =
    destination.kind === 'lrs' ? question(destination) : testEvent(ground, credential, destination)
  try {
    const { status, headers } = await sender.send({
      ...outgoing,
      headers: { ...outgoing.headers, ...authorization.headers },
    })
    return verdictOf(status, headers, ground.now() / 1000)
  } catch (error) {
    return verdictOfFailure(error)
  }
}

function question({ url, version }: Destination): Outgoing {
  return {
    method: 'GET',
    url: `${url}/statements?limit=1`,
    headers: { 'x-experience-api-version': version },
  }
}

function testEvent(
  ground: Ground,
  credential: NonNullable<ReturnType<typeof openCredential>>,
  { url }: Destination,
): Outgoing {
  const now = ground.now()
  const deliveryId = newId()
  const body = JSON.stringify({ event: 'test', delivery: deliveryId, at: isoOf(now), data: {}, links: {} })
  const headers =
    credential.kind === 'signature'
      ? webhookHeaders({ event: 'test', deliveryId, body }, credential, now)
      : { 'content-type': 'application/json; charset=utf-8' }
  return { method: 'POST', url, headers, body }
}
