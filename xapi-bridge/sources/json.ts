import { z } from 'zod'
import { type Instant, isoOf } from '../../foundation/time.ts'
import { alarmKinds } from './alarms.ts'
import type { Condition } from './condition.ts'
import type { Credential } from './credential.ts'
import { scopes } from './scopes.ts'
import { settingsOf, sourceSettings } from './settings.ts'

const count = z.number()
const instant = z.string().describe('ISO 8601')
const tally = {
  accepted: count,
  duplicate: count,
  refused: count,
  conflict: count,
}

/** A credential as JSON; never its secret. */
export const credentialJson = z.object({
  key: z.string(),
  scopes: z.array(z.string()),
  created_at: instant,
  expires_at: instant.nullable(),
  last_used_at: instant.nullable(),
  revoked_at: instant.nullable(),
})

/** A new credential as JSON. Shown once. */
export const newCredentialJson = z.object({
  source_id: z.string(),
  key: z.string(),
  secret: z.string().describe('shown once'),
  endpoint: z.string(),
})

/** What a new credential may be made with, as JSON. */
export const credentialWish = z.strictObject({
  scopes: z.array(z.enum(scopes)).min(1).optional().describe('all unless told less'),
  expires_days: z.number().int().min(1).max(3660).optional(),
})

/** A source with its condition, as JSON. */
export const sourceJson = z.object({
  source_id: z.string(),
  name: z.string(),
  preset: z.string(),
  profile: z.string(),
  ...sourceSettings.shape,
  ...tally,
  created_at: instant,
  last_push_at: instant.nullable(),
  keys: z.array(z.string()).describe('keys that are not revoked; secrets are shown once, when made'),
  signed_webhooks: z.boolean().describe('its webhooks have to be signed with the secret that was set'),
  credential_expires_at: instant.nullable().describe('when the last of its credentials ends; null: never'),
  is_silent: z.boolean().describe('against its usual rhythm'),
  silent_hours: count.nullable(),
  usual_pause_hours: count.nullable().describe('the longest pause of the last weeks'),
  last_day: z.object({ requests: count, limited: count, ...tally }),
  error_rate: count.nullable().describe('refused and conflicting among all statements of the last day'),
  delivery_lag_seconds: z
    .object({ sample: count, backfilled: count, p50: count.nullable(), p95: count.nullable() })
    .describe(
      'from timestamp to storing, over its newest pushes; imports and what is a month old are not in it',
    ),
  unread_since: instant.nullable().describe('since when its oldest statement waits to be read by the rules'),
  clock_ahead_seconds: count.nullable().describe('timestamps later than their receipt, at most'),
  parked_people: count,
  parked_since: instant.nullable(),
  waiting: z.array(z.object({ code: z.string(), completions: count, people: count, since: instant })),
  alarms: z.array(z.object({ kind: z.enum(alarmKinds), since: instant, raised_at: instant })),
})

/** The same of one source, with what makes its page. */
export const sourceDetailJson = sourceJson.extend({
  credentials: z.array(credentialJson),
  hours: z.array(z.object({ hour: instant, requests: count, limited: count, ...tally })),
})

/** One line of a receipt, as JSON; what conversion says of it is open to more. */
export const receiptLineJson = z.looseObject({
  statement_id: z.string().nullable(),
  received: z.enum(['accepted', 'duplicate', 'conflict', 'refused']),
  status: z.string(),
})

/** A credential in JSON. */
export function toCredentialJson(credential: Credential): z.input<typeof credentialJson> {
  return {
    key: credential.key,
    scopes: credential.scopes,
    created_at: isoOf(credential.createdAt),
    expires_at: isoOrNull(credential.expiresAt),
    last_used_at: isoOrNull(credential.lastUsedAt),
    revoked_at: isoOrNull(credential.revokedAt),
  }
}

/** A source with its condition in JSON. */
export function toSourceJson(source: Condition): z.input<typeof sourceJson> {
  const { delivery, rhythm, waiting, alarms, credentials } = source
  const { sample, backfilled, p50, p95 } = delivery
  const strangers = waiting.find(({ code }) => code === 'ACTOR_UNKNOWN')
  return {
    source_id: source.id,
    name: source.name,
    preset: source.preset,
    profile: source.profile,
    ...settingsOf(source),
    accepted: source.accepted,
    duplicate: source.duplicate,
    refused: source.refused,
    conflict: source.conflict,
    created_at: isoOf(source.createdAt),
    last_push_at: isoOrNull(source.lastPushAt),
    keys: source.keys,
    signed_webhooks: source.isSigned,
    credential_expires_at: isoOrNull(lastEnd(credentials)),
    is_silent: rhythm.isSilent || alarms.some(({ kind }) => kind === 'silent'),
    silent_hours: rhythm.silentHours,
    usual_pause_hours: rhythm.usualHours,
    last_day: source.lastDay,
    error_rate: source.errorRate,
    delivery_lag_seconds: { sample, backfilled, p50, p95 },
    unread_since: isoOrNull(source.unreadSince),
    clock_ahead_seconds: delivery.clockAhead,
    parked_people: strangers?.people ?? 0,
    parked_since: isoOrNull(strangers?.since ?? null),
    waiting: waiting.map(({ code, completions, people, since }) => ({
      code,
      completions,
      people,
      since: isoOf(since),
    })),
    alarms: alarms.map(({ kind, since, raisedAt }) => ({
      kind,
      since: isoOf(since),
      raised_at: isoOf(raisedAt),
    })),
  }
}

/** When the last credential ends; null where one never does, or there is none. */
export function lastEnd(credentials: readonly Credential[]): Instant | null {
  const ends = credentials.map(({ expiresAt }) => expiresAt)
  if (ends.length === 0 || ends.includes(null)) return null
  return Math.max(...(ends as Instant[])) as Instant
}

function isoOrNull(at: Instant | null): string | null {
  return at === null ? null : isoOf(at)
}
