import { createHash } from 'node:crypto'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { identifierKey, linksOf, type PersonIdentifier } from '../../ledger/roster/identity.ts'
import { teacherIdsByNo } from '../../ledger/roster/people.ts'

/** A teacher whom an identifier without a link may mean, and why. People decide; nothing is linked by it. */
export interface PersonCandidate {
  teacherId: Id
  teacherNo: string
  reason: 'other-spelling' | 'same-mailbox' | 'staff-number'
}

/**
 * Whom these identifiers may mean, by the key of the identifier in hexadecimal: a link to another spelling of the same
 * address, a link to the same mailbox, or a teacher whose number the account's name is. Exact look-ups only; names of
 * people are never compared (xapi.md §5.4, 5).
 */
export async function candidatesFor(
  handle: Handle,
  identifiers: readonly PersonIdentifier[],
): Promise<Map<string, PersonCandidate[]>> {
  const asked = identifiers.map((identifier) => ({
    key: identifierKey(identifier).toString('hex'),
    spellings: spellingsOf(identifier),
    staffNo: identifier.kind === 'account' ? identifier.name : null,
  }))
  const links = await linksOf(
    handle,
    asked.flatMap(({ spellings }) => spellings.map(({ key }) => key)),
  )
  const numbers = asked.flatMap(({ staffNo }) => staffNo ?? [])
  const byNo = numbers.length === 0 ? new Map<string, Id>() : await teacherIdsByNo(handle, numbers)
  const found = new Map<string, PersonCandidate[]>()
  for (const { key, spellings, staffNo } of asked) {
    const candidates: PersonCandidate[] = spellings.flatMap(({ key: spelling, reason }) => {
      const link = links.get(spelling.toString('hex'))
      return link ? [{ teacherId: link.teacherId, teacherNo: link.teacherNo, reason }] : []
    })
    const teacherId = staffNo === null ? undefined : byNo.get(staffNo)
    if (teacherId && staffNo) candidates.push({ teacherId, teacherNo: staffNo, reason: 'staff-number' })
    if (candidates.length > 0) found.set(key, candidates)
  }
  return found
}

/** How many different people these candidates are. */
export function peopleAmong(candidates: readonly PersonCandidate[] | undefined): number {
  return new Set(candidates?.map(({ teacherId }) => teacherId)).size
}

interface Spelling {
  key: Buffer
  reason: PersonCandidate['reason']
}

function spellingsOf(identifier: PersonIdentifier): Spelling[] {
  if (identifier.kind === 'account') {
    const { homePage, name } = identifier
    return otherSpellings(homePage).map((page) => ({
      key: identifierKey({ kind: 'account', homePage: page, name }),
      reason: 'other-spelling' as const,
    }))
  }
  if (identifier.kind !== 'mbox') return []
  // The same mailbox may be linked by its hash, as xAPI makes it (of the whole mailto IRI).
  const value = createHash('sha1').update(`mailto:${identifier.mbox}`).digest('hex')
  return [{ key: identifierKey({ kind: 'mbox_sha1sum', value }), reason: 'same-mailbox' }]
}

/** Other ways to write an address that people take for the same: http and https, with and without a slash at the end. */
function otherSpellings(address: string): string[] {
  const bare = address.replace(/\/+$/, '')
  const rest = bare.replace(/^https?:/i, '')
  const schemes = rest === bare ? [''] : ['http:', 'https:']
  const all = schemes.flatMap((scheme) => [`${scheme}${rest}`, `${scheme}${rest}/`])
  return all.filter((one) => one !== address)
}
