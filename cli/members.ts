import type { Command } from 'commander'
import { NotFound } from '../foundation/errors.ts'
import type { Ground } from '../foundation/ground.ts'
import { dayOf, type Instant, isoOf } from '../foundation/time.ts'
import { askForRosters } from '../lti-tool/rosters/ask.ts'
import {
  type ListedMember,
  type ListedRoster,
  listRosters,
  membersOf,
  rosterById,
} from '../lti-tool/rosters/list.ts'
import { type Answer, answering, command } from './answer.ts'
import { operator, withGround } from './open.ts'
import { readId } from './option.ts'

/** Commands about who is in the courses of platforms. */
export function addMemberCommands(program: Command): void {
  const members = program.command('members').description('who is in the courses of learning platforms')
  command(members, 'list', 'the rosters there are, with what the last try met').action(
    answering(() => withGround(async ({ db }) => ({ rosters: (await listRosters(db)).map(rosterJson) }))),
  )
  command(members, 'show', 'one roster, with teachers whom unlinked members may be')
    .argument('<roster-id>')
    .action(answering((id: string) => withGround((ground) => show(ground, id))))
  command(members, 'fetch', 'read rosters now; the worker does it')
    .argument('[roster-id]', 'as `members list` shows it; without, all of them')
    .action(
      answering((id: string | undefined) =>
        withGround(async (ground) => {
          const which = id === undefined ? 'all' : readId(id, 'a roster')
          return { asked: await askForRosters(ground, which, operator()) }
        }),
      ),
    )
}

async function show({ db, now, config }: Ground, id: string): Promise<Answer> {
  const roster = await rosterById(db, readId(id, 'a roster'))
  if (!roster) throw new NotFound('roster-unknown', 'no roster has this id')
  const today = dayOf(now(), config.timeZone)
  const members = await membersOf(db, roster.id, { schools: 'all', today })
  return { roster_id: roster.id, course: roster.courseTitle, members: members.map(memberJson) }
}

function rosterJson(roster: ListedRoster) {
  return {
    roster_id: roster.id,
    platform: roster.platformName,
    course: roster.courseTitle,
    state: roster.state,
    code: roster.code,
    members: roster.members,
    unlinked: roster.unlinked,
    absent: roster.absent,
    read_at: isoOrNull(roster.readAt),
    next_at: isoOf(roster.nextAt),
  }
}

function memberJson(member: ListedMember) {
  return {
    sub: member.sub,
    name: member.sharedName,
    roles: member.launchRoles,
    status: member.status,
    teacher_no: member.teacher?.teacherNo ?? null,
    last_seen_at: isoOf(member.lastSeenAt),
    absent_since: isoOrNull(member.absentSince),
    proposals: member.proposals.map(({ teacher, reasons }) => ({
      teacher_no: teacher.teacherNo,
      school: teacher.school?.schoolName ?? null,
      reasons,
    })),
  }
}

const isoOrNull = (instant: Instant | null) => (instant === null ? null : isoOf(instant))
