import type { Check, Members } from './check.ts'
import { isMailbox, isSha1 } from './terms.ts'

const agentProperties = new Set(['objectType', 'name', 'mbox', 'mbox_sha1sum', 'openid', 'account'])
const groupProperties = new Set([...agentProperties, 'member'])
const accountProperties = new Set(['homePage', 'name'])

/** Which actors may stand in a place. Where an Activity is the default, the type must be written out. */
export type ActorPlace = 'agent' | 'group' | 'either'

/** Checks an Agent or a Group (xAPI Data 2.4.2). `typed` says that `objectType` may not be left out. */
export function checkActor(c: Check, value: unknown, path: string, place: ActorPlace, typed = false): void {
  const isGroup = typeof value === 'object' && value !== null && (value as Members).objectType === 'Group'
  const actor = c.object(value, path, isGroup ? groupProperties : agentProperties)
  if (!actor) return
  checkObjectType(c, actor, path, place, typed)
  if (actor.name !== undefined) c.text(actor.name, `${path}/name`)

  const identifiers = checkIdentifiers(c, actor, path)
  if (identifiers > 1 || (identifiers === 0 && !isGroup)) c.fault(path, 'identifier-count')
  if (!isGroup) return
  if (actor.member !== undefined) checkMembers(c, actor.member, `${path}/member`, identifiers === 0)
  else if (identifiers === 0) c.fault(`${path}/member`, 'member-required')
}

/** Checks an authority: an Agent, or an anonymous Group of exactly two Agents (three-legged OAuth, Data 2.4.9). */
export function checkAuthority(c: Check, value: unknown, path: string): void {
  checkActor(c, value, path, 'either')
  const authority = value as Members | null
  if (authority?.objectType !== 'Group') return
  if (hasIdentifier(authority)) c.fault(path, 'identifier-count')
  if (Array.isArray(authority.member) && authority.member.length !== 2)
    c.fault(`${path}/member`, 'wrong-value')
}

function checkObjectType(c: Check, actor: Members, path: string, place: ActorPlace, typed: boolean): void {
  const type = actor.objectType
  if (type === undefined) {
    if (typed || place === 'group') c.missing(path, 'objectType')
    return
  }
  if (!c.text(type, `${path}/objectType`)) return
  const fits = (type === 'Agent' && place !== 'group') || (type === 'Group' && place !== 'agent')
  if (!fits) c.fault(`${path}/objectType`, 'wrong-value')
}

function checkIdentifiers(c: Check, actor: Members, path: string): number {
  let found = 0
  if (actor.account !== undefined) {
    found++
    checkAccount(c, actor.account, `${path}/account`)
  }
  if (actor.mbox !== undefined) {
    found++
    c.text(actor.mbox, `${path}/mbox`, isMailbox, 'invalid-mailbox')
  }
  if (actor.mbox_sha1sum !== undefined) {
    found++
    c.text(actor.mbox_sha1sum, `${path}/mbox_sha1sum`, isSha1, 'invalid-sha1')
  }
  if (actor.openid !== undefined) {
    found++
    c.iri(actor.openid, `${path}/openid`)
  }
  return found
}

function checkAccount(c: Check, value: unknown, path: string): void {
  const account = c.object(value, path, accountProperties)
  if (!account) return
  if (account.homePage === undefined) c.missing(path, 'homePage')
  else c.iri(account.homePage, `${path}/homePage`)
  if (account.name === undefined) c.missing(path, 'name')
  else c.text(account.name, `${path}/name`)
}

function checkMembers(c: Check, value: unknown, path: string, anonymous: boolean): void {
  const members = c.list(value, path)
  if (!members) return
  if (members.length === 0 && anonymous) c.fault(path, 'member-required')
  members.forEach((member, n) => {
    checkActor(c, member, `${path}/${n}`, 'agent')
  })
}

function hasIdentifier(actor: Members): boolean {
  return (
    actor.mbox !== undefined ||
    actor.mbox_sha1sum !== undefined ||
    actor.openid !== undefined ||
    actor.account !== undefined
  )
}
