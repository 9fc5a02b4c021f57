/** A statement that has passed the validator, as far as its parts are read here. */
export interface Statement extends Saying {
  id?: string
  stored?: string
  authority?: Actor
  version?: string
}

/** What a statement and a SubStatement have in common. */
export interface Saying {
  actor: Actor
  verb: { id: string; display?: Record<string, string> }
  object: StatementObject
  result?: Result
  context?: Context
  timestamp?: string
  attachments?: Attachment[]
}

/** An Agent or a Group. */
export interface Actor {
  objectType?: 'Agent' | 'Group'
  name?: string
  mbox?: string
  mbox_sha1sum?: string
  openid?: string
  account?: { homePage: string; name: string }
  member?: Actor[]
}

/** An Activity. */
export interface Activity {
  objectType?: 'Activity'
  id: string
  definition?: Record<string, unknown>
}

/** What stands in `object`. */
export type StatementObject =
  | Activity
  | (Actor & { objectType: 'Agent' | 'Group' })
  | { objectType: 'StatementRef'; id: string }
  | (Saying & { objectType: 'SubStatement' })

/** The outcome that a statement reports. */
export interface Result {
  score?: { scaled?: number; raw?: number; min?: number; max?: number }
  success?: boolean
  completion?: boolean
  response?: string
  duration?: string
  extensions?: Record<string, unknown>
}

/** The circumstances that a statement reports. */
export interface Context {
  registration?: string
  instructor?: Actor
  team?: Actor
  contextActivities?: Partial<Record<'parent' | 'grouping' | 'category' | 'other', Activity | Activity[]>>
  contextAgents?: { agent: Actor }[]
  contextGroups?: { group: Actor }[]
  revision?: string
  platform?: string
  language?: string
  statement?: { objectType: 'StatementRef'; id: string }
  extensions?: Record<string, unknown>
}

/** What a statement says about an attachment. */
export interface Attachment {
  usageType: string
  display: Record<string, string>
  description?: Record<string, string>
  contentType: string
  length: number
  sha2: string
  fileUrl?: string
}

/** The four relations of contextActivities. */
export const relations = ['parent', 'grouping', 'category', 'other'] as const

/** Activities of one relation as a list; a single one may have been sent without. */
export function activitiesOf(entry: Activity | Activity[] | undefined): Activity[] {
  if (entry === undefined) return []
  return Array.isArray(entry) ? entry : [entry]
}

/** The text under which an actor is found and compared; null for an anonymous group. */
export function identifierOf(actor: Actor): string | null {
  if (actor.account) return `account ${actor.account.homePage} ${actor.account.name}`
  if (actor.mbox) return `mbox ${mailboxKey(actor.mbox)}`
  if (actor.mbox_sha1sum) return `sha1 ${actor.mbox_sha1sum.toLowerCase()}`
  if (actor.openid) return `openid ${actor.openid}`
  return null
}

/** A mailbox with its domain in lower case: domains have no case, names before the @ may have. */
export function mailboxKey(mbox: string): string {
  const at = mbox.lastIndexOf('@')
  return mbox.slice(7, at) + mbox.slice(at).toLowerCase()
}
