import { type Instant, isoOf } from '../../../foundation/time.ts'
import type { ListedMember, ListedRoster, Proposal } from '../../rosters/list.ts'
import type { Roster } from '../../rosters/roster.ts'
import { Badge, Card, CsrfField, DataTable, Notice, type Tone } from '../../web/components.tsx'
import { type DeskFrame, shownInstant } from '../frame.tsx'
import { codeSaid } from './code-messages.ts'
import type { MembersSay } from './members-messages.ts'

interface Common {
  frame: DeskFrame
  say: MembersSay
}

const tones: Record<Roster['state'], Tone> = { waiting: 'info', good: 'good', failed: 'warn' }

/** All rosters; a school sees which there are, the district how they do. */
export function Rosters({
  frame,
  say,
  rosters,
  isDistrict,
}: Common & { rosters: ListedRoster[]; isDistrict: boolean }) {
  const figures = isDistrict
    ? [
        { label: say('members'), numeric: true, cell: ({ members }: ListedRoster) => members },
        { label: say('unlinked'), numeric: true, cell: ({ unlinked }: ListedRoster) => unlinked },
        { label: say('absent'), numeric: true, cell: ({ absent }: ListedRoster) => absent },
      ]
    : []
  return (
    <DataTable<ListedRoster>
      caption={say('title')}
      captionHidden
      empty={say('none')}
      rows={rosters}
      rowKey={({ id }) => id}
      columns={[
        {
          label: say('course'),
          heading: true,
          cell: ({ id, courseTitle, courseId }) => (
            <a href={`/desk/members/${id}`}>{courseTitle ?? courseId ?? id}</a>
          ),
        },
        { label: say('platform'), cell: ({ platformName, iss }) => platformName ?? iss },
        {
          label: say('state'),
          cell: (roster) => <State frame={frame} say={say} roster={roster} />,
        },
        ...figures,
        {
          label: say('readAt'),
          nowrap: true,
          cell: ({ readAt }) => (readAt === null ? say('never') : shown(readAt, frame)),
        },
      ]}
    />
  )
}

function State({ frame, say, roster }: Common & { roster: Roster }) {
  return (
    <>
      <Badge tone={tones[roster.state]}>{say(`state_${roster.state}`)}</Badge>
      {roster.code !== null && <div class="small soft">{codeSaid(roster.code, frame.lang)}</div>}
    </>
  )
}

/** One roster: who is on it, who is not any more, and whom unlinked learners may be. */
export function Members({
  frame,
  say,
  roster,
  members,
  mayLink,
  mayFetch,
}: Common & { roster: Roster; members: ListedMember[]; mayLink: boolean; mayFetch: boolean }) {
  return (
    <>
      <p>
        <a href="/desk/members">{say('back')}</a>
      </p>
      {roster.state === 'failed' && (
        <Notice tone="warn" title={say('state_failed')}>
          <p>{roster.code === null ? '' : codeSaid(roster.code, frame.lang)}</p>
          {roster.readAt !== null && <p>{say('keptSince', { when: shown(roster.readAt, frame) })}</p>}
        </Notice>
      )}
      {mayFetch && (
        <form method="post" action="/desk/members/fetch" class="row">
          <CsrfField token={frame.csrf} />
          <input type="hidden" name="roster" value={roster.id} />
          <button type="submit">{say('fetch')}</button>
        </form>
      )}
      <Card>
        <DataTable<ListedMember>
          caption={roster.courseTitle ?? say('title')}
          captionHidden
          empty={say('noMembers')}
          rows={members}
          rowKey={({ sub }) => sub}
          columns={[
            {
              label: say('name'),
              heading: true,
              cell: ({ sharedName, status }) => (
                <>
                  {sharedName ?? <span class="soft">{say('notShared')}</span>}
                  {status === 'inactive' && <Badge>{say('inactive')}</Badge>}
                </>
              ),
            },
            {
              label: say('teacher'),
              cell: (member) => (
                <Teacher frame={frame} say={say} roster={roster} member={member} mayLink={mayLink} />
              ),
            },
            { label: say('school'), cell: ({ teacher }) => teacher?.school?.schoolName ?? '—' },
            {
              label: say('roles'),
              cell: ({ launchRoles }) =>
                launchRoles.map((role) => say(`role_${role as 'learner'}`)).join('、'),
            },
            {
              label: say('presence'),
              cell: ({ absentSince }) =>
                absentSince === null ? '✓' : say('absentSince', { when: shown(absentSince, frame) }),
            },
          ]}
        />
      </Card>
    </>
  )
}

function Teacher({
  frame,
  say,
  roster,
  member,
  mayLink,
}: Common & { roster: Roster; member: ListedMember; mayLink: boolean }) {
  const { teacher, proposals, sub } = member
  if (teacher)
    return (
      <a href={`/desk/teachers/${encodeURIComponent(teacher.teacherNo)}`}>
        {`${teacher.name} ${teacher.teacherNo}`}
      </a>
    )
  if (proposals.length === 0) return <>—</>
  return (
    <>
      <div class="small soft">{say('proposals')}</div>
      {proposals.map((proposal) => {
        const who = <Proposed say={say} proposal={proposal} />
        if (!mayLink) return <div key={proposal.teacher.teacherNo}>{who}</div>
        return (
          <form
            key={proposal.teacher.teacherNo}
            method="post"
            action={`/desk/members/${roster.id}/link`}
            class="row"
          >
            <CsrfField token={frame.csrf} />
            <input type="hidden" name="sub" value={sub} />
            <input type="hidden" name="teacher_no" value={proposal.teacher.teacherNo} />
            {who}
            <button type="submit">{say('link')}</button>
          </form>
        )
      })}
    </>
  )
}

function Proposed({ say, proposal }: { say: MembersSay; proposal: Proposal }) {
  const { name, teacherNo, school } = proposal.teacher
  return (
    <span>
      {`${name} ${teacherNo}`}
      <span class="small soft">{` ${school?.schoolName ?? ''} · ${because(proposal, say)}`}</span>
    </span>
  )
}

function because({ reasons }: Proposal, say: MembersSay): string {
  if (!reasons.includes('number')) return say('because_name')
  return say(reasons.includes('name') ? 'because_number' : 'because_only_number')
}

function shown(instant: Instant, { lang }: DeskFrame): string {
  return shownInstant(isoOf(instant), lang) ?? ''
}
