import type { DestinationsSay } from './destinations-messages.ts'

/** What a webhook may be told of. */
export const webhookEvents = [
  'completion.accepted',
  'claim.posted',
  'claim.reversed',
  'statement.quarantined',
  'source.silent',
] as const

/** What conversion may have made of a statement that a filter asks for. */
export const outcomes = ['claimed', 'parked', 'quarantined', 'dismissed', 'withdrawn'] as const

/** What the last attempt at a delivery may have met. */
export const deliveryCodes = [
  'REFUSED',
  'TOO_LARGE',
  'CONFLICT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'REDIRECTED',
  'UNEXPECTED',
  'BUSY',
  'FAILING',
  'TIMEOUT',
  'NETWORK',
  'TLS_REFUSED',
  'ADDRESS_REFUSED',
  'GIVEN_UP',
  'SEALED',
  'GONE',
  'VERSION_UNSUITED',
  'UNSENDABLE',
] as const

/** States of a delivery. */
export const deliveryStates = ['waiting', 'delivered', 'dead'] as const

/** A delivery code in words; one that these pages do not know as it is. */
export function codeSaid(say: DestinationsSay, code: string): string {
  const known = [...deliveryCodes, 'by_hand' as const, 'CREDENTIAL_UNREADABLE' as const].find(
    (one) => one === code,
  )
  return known ? say(known) : code
}

/** An event of a webhook, or a statement, in words. */
export function eventSaid(say: DestinationsSay, event: string): string {
  const known = (['statement', ...webhookEvents] as const).find((one) => one === event)
  return known ? say(`event_${known.replace('.', '_')}` as Parameters<DestinationsSay>[0]) : event
}
