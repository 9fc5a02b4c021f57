import { idBytes, idText, safeInteger, sumOf } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Day, Instant } from '../../foundation/time.ts'
import { linksOf } from '../../ledger/roster/identity.ts'
import { type TeacherListed, teacherIdsByNo, teachersById } from '../../ledger/roster/people.ts'
import { hasPlaceholder } from '../../ledger/roster/person-name.ts'
import { teachersNamed } from '../../ledger/roster/same-name.ts'
import { type Roster, rosterFrom } from './roster.ts'

/** A roster as lists show it. */
export interface ListedRoster extends Roster {
  platformName: string | null
  /** Learners who are there and stand for no teacher yet. */
  unlinked: number
  /** People who were on it and are not any more. */
  absent: number
}

/** Why a teacher may be the member: the same name, or what the platform calls her is the number of that teacher. */
export type ProposalReason = 'name' | 'number'

/** A teacher who may be the member of a roster. Only a person decides. */
export interface Proposal {
  teacher: TeacherListed
  reasons: ProposalReason[]
}

/** A member as people read it. */
export interface ListedMember {
  sub: string
  sharedName: string | null
  launchRoles: string[]
  status: 'active' | 'inactive'
  firstSeenAt: Instant
  lastSeenAt: Instant
  /** Not on the roster since; null while she is. */
  absentSince: Instant | null
  teacher: TeacherListed | null
  /** For a learner who stands for no teacher: who she may be, likeliest first. */
  proposals: Proposal[]
}

/** Every roster, last opened course first. */
export async function listRosters(handle: Handle): Promise<ListedRoster[]> {
  const rows = await handle('platform_roster as r')
    .leftJoin('platform_registration as p', (on) =>
      on.on('p.iss', 'r.iss').andOn('p.client_id', 'r.client_id'),
    )
    .orderBy([{ column: 'r.launched_at', order: 'desc' }, { column: 'r.roster_id' }])
    .select('r.*', 'p.name')
  const counts = async (narrow: 'there' | 'gone') => {
    const query = handle('platform_roster_member as m').groupBy('m.roster_id').select('m.roster_id')
    if (narrow === 'gone') query.whereNotNull('m.absent_since')
    else
      query
        .leftJoin('identity_link as l', (on) =>
          on.on('l.identifier_key', 'm.identifier_key').andOnVal('l.active_flag', 1),
        )
        .whereNull('m.absent_since')
        .whereNull('l.identity_link_id')
        // A learner is named first, whatever else she is.
        .where('m.launch_roles', 'like', 'learner%')
    const rows: { roster_id: Buffer; n: unknown }[] = await query.count({ n: '*' })
    return new Map(rows.map((row) => [idText(row.roster_id), sumOf(row.n)]))
  }
  const [unlinked, absent] = [await counts('there'), await counts('gone')]
  return rows.map((row) => {
    const roster = rosterFrom(row)
    return {
      ...roster,
      platformName: row.name ?? null,
      unlinked: unlinked.get(roster.id) ?? 0,
      absent: absent.get(roster.id) ?? 0,
    }
  })
}

/** The roster of that id, or null. */
export async function rosterById(handle: Handle, rosterId: Id): Promise<Roster | null> {
  const row = await handle('platform_roster')
    .where({ roster_id: idBytes(rosterId) })
    .first()
  return row ? rosterFrom(row) : null
}

/**
 * Who is and was on a roster, by name, with the teachers whom unlinked learners may be. A school sees the members who
 * are its own teachers, and no proposals: whom to link is the district's to decide.
 */
export async function membersOf(
  handle: Handle,
  rosterId: Id,
  ask: { schools: 'all' | Id[]; today: Day },
): Promise<ListedMember[]> {
  const rows = await handle('platform_roster_member')
    .where({ roster_id: idBytes(rosterId) })
    .orderBy(['shared_name', 'sub'])
  const keys = rows.map(({ identifier_key }) => Buffer.from(identifier_key))
  const links = await linksOf(handle, keys)
  const linkOf = (key: Buffer) => links.get(Buffer.from(key).toString('hex'))
  const teachers = await teachersById(
    handle,
    [...links.values()].map(({ teacherId }) => teacherId),
    ask.today,
  )
  const unlinked = rows.filter((row) => !linkOf(row.identifier_key) && isLearner(row.launch_roles))
  const proposals = ask.schools === 'all' ? await proposalsFor(handle, unlinked, ask.today) : () => []
  const members = rows.map((row): ListedMember => {
    const link = linkOf(row.identifier_key)
    return {
      sub: row.sub,
      sharedName: row.shared_name,
      launchRoles: String(row.launch_roles).split(','),
      status: row.status,
      firstSeenAt: safeInteger(row.first_seen_at) as Instant,
      lastSeenAt: safeInteger(row.last_seen_at) as Instant,
      absentSince: row.absent_since === null ? null : (safeInteger(row.absent_since) as Instant),
      teacher: link ? (teachers.get(link.teacherId) ?? null) : null,
      proposals: link || !isLearner(row.launch_roles) ? [] : proposals(row),
    }
  })
  const { schools } = ask
  if (schools === 'all') return members
  return members.filter(({ teacher }) => teacher?.school && schools.includes(teacher.school.schoolId))
}

interface Named {
  shared_name: string | null
  sourced_id: string | null
}

const isLearner = (roles: string) => roles.split(',').includes('learner')

async function proposalsFor(handle: Handle, rows: Named[], today: Day): Promise<(row: Named) => Proposal[]> {
  const names = rows.flatMap(({ shared_name: name }) => (name && !hasPlaceholder(name) ? name : []))
  const byName = await teachersNamed(handle, names)
  const byNo = await teacherIdsByNo(
    handle,
    rows.flatMap(({ sourced_id }) => sourced_id ?? []),
  )
  const teachers = await teachersById(handle, [...[...byName.values()].flat(), ...byNo.values()], today)
  return ({ shared_name, sourced_id }) => {
    const named = shared_name === null ? [] : (byName.get(shared_name) ?? [])
    const numbered = sourced_id === null ? undefined : byNo.get(sourced_id)
    const ids = [...new Set([...(numbered ? [numbered] : []), ...named])]
    return ids.slice(0, 5).flatMap((teacherId) => {
      const teacher = teachers.get(teacherId)
      if (!teacher) return []
      const reasons: ProposalReason[] = []
      if (teacherId === numbered) reasons.push('number')
      if (named.includes(teacherId)) reasons.push('name')
      return [{ teacher, reasons }]
    })
  }
}
