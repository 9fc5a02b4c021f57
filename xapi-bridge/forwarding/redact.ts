import { createHmac } from 'node:crypto'
import { z } from 'zod'
import type { Config } from '../../foundation/config.ts'
import type { Id } from '../../foundation/ids.ts'
import { keyFor } from '../../foundation/sealing.ts'
import { type Actor, identifierOf } from '../language/statement.ts'
import { type Edit, edited, memberOf, type TreeNode, treeOf } from '../language/tree.ts'

/** What is taken out of statements before they leave (遮蔽). */
export const redactionSchema = z.strictObject({
  names: z.enum(['keep', 'drop']).default('keep').describe('names of people and groups'),
  actors: z
    .enum(['keep', 'pseudonym'])
    .default('keep')
    .describe(
      'pseudonym: everyone is an account of a keyed hash, another at each destination; drops names too',
    ),
})
/** See `redactionSchema`. */
export type Redaction = z.infer<typeof redactionSchema>

/** Whether anything is taken out at all. */
export function redacts({ names, actors }: Redaction): boolean {
  return names === 'drop' || actors === 'pseudonym'
}

/** Under what name a person is known at one destination. */
export type Pseudonymise = (actor: Actor) => { homePage: string; name: string } | null

/**
 * Pseudonyms for one destination: a keyed hash of the identifier, so that the same person is the same there for ever
 * and no two receivers can compare whom they have. Null for a group without identifier.
 */
export function pseudonymsFor(
  { identityHashKey, xapiIriBase }: Pick<Config, 'identityHashKey' | 'xapiIriBase'>,
  destinationId: Id,
): Pseudonymise {
  const key = keyFor(identityHashKey, 'destination-pseudonym')
  const homePage = `${xapiIriBase}pseudonyms/${destinationId}`
  return (actor) => {
    const identifier = identifierOf(actor)
    if (identifier === null) return null
    return {
      homePage,
      name: createHmac('sha256', key).update(`${destinationId}\n${identifier}`).digest('hex'),
    }
  }
}

const signature = 'http://adlnet.gov/expapi/attachments/signature'

/**
 * The text of a statement with people made unknown as a redaction says, wherever a person may stand. A signature holds
 * the whole statement once more, and bytes that came along may hold anything: with any redaction neither is named, let
 * alone sent.
 */
export function redactedText(text: string, redaction: Redaction, pseudonymise: Pseudonymise): string {
  if (!redacts(redaction)) return text
  const edits: Edit[] = []
  const root = treeOf(text)
  const object = memberOf(root, 'object')
  for (const saying of memberOf(object, 'actor') ? [root, object as TreeNode] : [root]) {
    for (const place of actorPlaces(saying, text)) {
      const actor = JSON.parse(text.slice(place.start, place.end)) as Actor
      edits.push({
        start: place.start,
        end: place.end,
        text: JSON.stringify(redacted(actor, redaction, pseudonymise)),
      })
    }
    const attachments = memberOf(saying, 'attachments')
    if (attachments)
      edits.push({ start: attachments.start, end: attachments.end, text: open(attachments, text) })
  }
  return edited(text, edits)
}

function redacted(actor: Actor, redaction: Redaction, pseudonymise: Pseudonymise): Actor {
  const { name: _, member, ...rest } = actor
  const members = member ? { member: member.map((one) => redacted(one, redaction, pseudonymise)) } : {}
  if (redaction.actors !== 'pseudonym') return { ...rest, ...members }
  const account = pseudonymise(actor)
  const type = actor.objectType ? { objectType: actor.objectType } : {}
  return { ...type, ...(account ? { account } : {}), ...members }
}

/** Attachments that are an address alone and no signature. */
function open(attachments: TreeNode, text: string): string {
  const kept = (attachments.items ?? [])
    .map((item) => text.slice(item.start, item.end))
    .filter((item) => {
      const { usageType, fileUrl } = JSON.parse(item) as { usageType: string; fileUrl?: string }
      return usageType !== signature && fileUrl !== undefined
    })
  return `[${kept.join(',')}]`
}

function actorPlaces(saying: TreeNode, text: string): TreeNode[] {
  const context = memberOf(saying, 'context')
  const object = memberOf(saying, 'object')
  const type = memberOf(object, 'objectType')
  // Parsed, since the word may be written with escapes.
  const isPerson = type !== undefined && /^(Agent|Group)$/.test(JSON.parse(text.slice(type.start, type.end)))
  return [
    memberOf(saying, 'actor'),
    isPerson ? object : undefined,
    memberOf(context, 'instructor'),
    memberOf(context, 'team'),
    ...(memberOf(context, 'contextAgents')?.items ?? []).map((role) => memberOf(role, 'agent')),
    ...(memberOf(context, 'contextGroups')?.items ?? []).map((role) => memberOf(role, 'group')),
  ].filter((place) => place !== undefined)
}
