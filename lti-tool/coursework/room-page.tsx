import { hoursText } from '../../foundation/hours.ts'
import type { OfferingInfo } from '../../ledger/catalogue/offering.ts'
import { Badge, Card, DataTable, Facts, Notice, Progress } from '../web/components.tsx'
import type { Say } from '../web/messages.ts'
import type { CourseContent, Unit } from './document.ts'
import { type LaunchFrame, launchPage, timeText } from './frame.tsx'
import { courseText } from './messages.ts'
import { lockedBy, progressOf } from './progress.ts'
import type { NotRecorded, Room } from './room.ts'

/** Says a text of the course room. */
export type SayCourse = Say<Parameters<ReturnType<typeof courseText>>[0]>

/** The front page of a course: what it is, what is to be done, how far it has come. */
export function roomPage(frame: LaunchFrame, room: Room, zone: string): string {
  const say = courseText(frame.lang)
  return launchPage(frame, {
    place: 'course',
    title: room.offering.title,
    // What a closed page left unsent is sent from here too.
    data: room.study ? { events: `${frame.base}events`, enrolment: room.study.enrolment.enrolmentId } : {},
    body: (
      <div class="stack">
        <h1>{room.offering.title}</h1>
        <RoomNotices frame={frame} room={room} say={say} />
        {room.course ? (
          <Tasks frame={frame} room={room} content={room.course.content} say={say} />
        ) : (
          <NoCourse room={room} zone={zone} say={say} />
        )}
        <OfferingFacts room={room} say={say} />
      </div>
    ),
  })
}

/** A course that is attended, or studied elsewhere; or whose package somebody forgot to import. */
function NoCourse({ room, zone, say }: { room: Room; zone: string; say: SayCourse }) {
  const isElsewhere = room.offering.packageCode === null
  return (
    <>
      <Notice tone={isElsewhere ? 'info' : 'warn'} title={say(isElsewhere ? 'elsewhere' : 'noPackage')}>
        <p>{say(isElsewhere ? 'elsewhereText' : 'noPackageText')}</p>
      </Notice>
      {isElsewhere && (
        <DataTable
          caption={say('sessions')}
          empty={say('noSessions')}
          rows={room.trainingClass?.sessions ?? []}
          rowKey={({ sessionId }) => sessionId}
          columns={[
            { label: say('sessionNo'), cell: ({ no }) => no },
            { label: say('sessionStarts'), nowrap: true, cell: ({ startsAt }) => timeText(startsAt, zone) },
            {
              label: say('sessionMinutes'),
              nowrap: true,
              cell: ({ minutes }) => say('minutes', { n: minutes }),
            },
            { label: say('sessionPlace'), cell: ({ place }) => place ?? '—' },
            { label: say('sessionContent'), heading: true, cell: ({ content }) => content ?? '—' },
            { label: say('sessionPresenter'), cell: ({ presenter }) => presenter ?? '—' },
          ]}
        />
      )}
    </>
  )
}

/** The page of a launch that names no course. */
export function noCoursePage(frame: LaunchFrame): string {
  const say = courseText(frame.lang)
  return launchPage(frame, {
    place: 'course',
    title: say('noCourse'),
    width: 'reading',
    body: (
      <div class="stack">
        <h1>{say('noCourse')}</h1>
        <p>{say('noCourseText')}</p>
        <p>
          <a class="button primary" href={`${frame.base}transcript`}>
            {say('seeTranscript')}
          </a>
        </p>
      </div>
    ),
  })
}

/** What a person must know before she studies: that nothing counts, that she is not linked, that the course is not approved. */
export function RoomNotices({ frame, room, say }: { frame: LaunchFrame; room: Room; say: SayCourse }) {
  return (
    <>
      {room.notRecorded && <Notice tone="warn">{notRecordedText(room.notRecorded, say)}</Notice>}
      {!room.notRecorded && frame.teacherNo === null && (
        <Notice tone="warn">
          <p>
            {say('unlinked')} <a href={`${frame.base}identity`}>{say('bind')}</a>
          </p>
        </Notice>
      )}
      {!room.notRecorded && room.offering.approvedOn === null && (
        <Notice tone="warn">{say('notApproved')}</Notice>
      )}
    </>
  )
}

function notRecordedText(reason: NotRecorded, say: SayCourse): string {
  return reason.why === 'later' ? say('why_next_class', { from: reason.from }) : say(`why_${reason.why}`)
}

function Tasks({
  frame,
  room,
  content,
  say,
}: {
  frame: LaunchFrame
  room: Room
  content: CourseContent
  say: SayCourse
}) {
  const done = new Set(
    [...room.units.values()].filter(({ doneAt }) => doneAt !== null).map(({ unitId }) => unitId),
  )
  const progress = progressOf(content, done)
  const next = content.units.find(({ id }) => id === progress.nextUnitId)
  return (
    <Card title={say('tasks')}>
      <div class="stack">
        <Progress
          label={say('progress')}
          value={progress.done}
          max={progress.total}
          text={say('unitsDone', { done: progress.done, total: progress.total })}
        />
        <ol class="tasks">
          {content.units.map((unit, index) => (
            <Task key={unit.id} {...{ frame, room, content, done, unit, index, say }} />
          ))}
        </ol>
        <p>
          {room.enrolment?.finishedAt ? (
            <a class="button primary" href={`${frame.base}receipt`}>
              {say('toReceipt')}
            </a>
          ) : (
            next && (
              <a class="button primary" href={`${frame.base}units/${next.id}`}>
                {say(progress.done > 0 || room.units.size > 0 ? 'goOn' : 'start')}
              </a>
            )
          )}
        </p>
      </div>
    </Card>
  )
}

function Task(props: {
  frame: LaunchFrame
  room: Room
  content: CourseContent
  done: Set<string>
  unit: Unit
  index: number
  say: SayCourse
}) {
  const { frame, room, content, done, unit, index, say } = props
  const state = room.units.get(unit.id)
  const lock = lockedBy(content, done, unit.id)
  const look = state?.doneAt ? 'done' : lock ? 'locked' : state ? 'now' : 'open'
  return (
    <li class={look}>
      <span class="tick" aria-hidden="true">
        {look === 'done' ? '✓' : index + 1}
      </span>
      <span>
        {lock ? <span>{unit.title}</span> : <a href={`${frame.base}units/${unit.id}`}>{unit.title}</a>}
        <br />
        <small class="soft">
          {say(`kind_${unit.kind}`)}
          {unit.first_lesson && ` · ${say('firstLesson')}`}
          {lock && ` · ${say('lockedBy', { title: lock.title })}`}
          {look === 'now' && state && state.progress > 0 && ` · ${state.progress}%`}
        </small>
      </span>
      <Badge tone={look === 'done' ? 'good' : look === 'now' ? 'info' : 'plain'}>
        {say(`state_${look}`)}
      </Badge>
    </li>
  )
}

function OfferingFacts({ room, say }: { room: Room; say: SayCourse }) {
  const { offering, trainingClass } = room
  return (
    <Card title={say('courseInfo')}>
      <Facts
        items={[
          [say('hours'), say('hoursValue', { hours: hoursText(offering.approvedMilliHours) })],
          [say('condition'), conditionText(offering, say)],
          [say('projectNo'), offering.projectNo],
          [say('offeringCode'), offering.code],
          [say('level'), say(`level_${offering.level}`)],
          [say('category'), offering.category],
          [say('form'), offering.form],
          [say('organiser'), offering.organisers.join('、')],
          [
            say('classWindow'),
            trainingClass && (
              <>
                {trainingClass.code}
                <div class="small soft">
                  <span class="number">{trainingClass.from}</span> {say('until')}{' '}
                  <span class="number">{trainingClass.to}</span>
                </div>
              </>
            ),
          ],
        ]}
      />
    </Card>
  )
}

/** 认定条件: what must be reached for the hours, as approved. */
function conditionText(offering: OfferingInfo, say: SayCourse): string {
  if (offering.awardBasis === 'by_attendance' && offering.attendanceThreshold !== null)
    return say('conditionAttendance', { share: Math.round(Number(offering.attendanceThreshold) * 100) })
  return offering.passMark === null
    ? say('conditionFinish')
    : say('conditionPass', { mark: offering.passMark })
}
