import type { FastifyPluginAsync } from 'fastify'
import { transact } from '../../foundation/database/transact.ts'
import { type Day, dayOf } from '../../foundation/time.ts'
import { actorOf, readableSchools } from '../../ledger/access/role.ts'
import { mayRead } from '../../ledger/access/scope.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import { schoolsOf, type TeacherListed, teacherByNo, teachersOf } from '../../ledger/roster/people.ts'
import { readTranscript, type WindowName, windowNames } from '../transcript/rows.ts'
import { Transcript } from '../transcript/view.tsx'
import { DataTable, Facts, Notice, Pager, Select, TextField } from '../web/components.tsx'
import type { Desk } from './desk.ts'
import { sendDesk, sendForbidden } from './frame.tsx'
import { maySee } from './who.ts'

/** Teachers whom this person may read, and the transcript of one. Each look is in the audit. */
export const teacherRoutes: FastifyPluginAsync<Desk> = async (app, desk) => {
  const { db, config, now } = desk

  app.get<{ Querystring: { query?: string; school?: string; page?: string } }>(
    '/teachers',
    async (request, reply) => {
      const { who, say } = request.desk
      if (!maySee(who, 'teachers')) return sendForbidden(reply, request.desk)
      const today = dayOf(now(), config.timeZone)
      const query = (request.query.query ?? '').trim().slice(0, 100)
      const all = await schoolsOf(db)
      const readable = readableSchools(who)
      const schools = readable === 'all' ? all : all.filter(({ schoolId }) => readable.includes(schoolId))
      const school = schools.find(({ orgNo }) => orgNo === request.query.school)
      const found = await teachersOf(db, {
        query: query || undefined,
        schoolId: school?.schoolId,
        schoolIds: readable === 'all' || school ? undefined : readable,
        page: pageOf(request.query.page),
        today,
      })
      const href = (page: number) =>
        `/desk/teachers?${new URLSearchParams({ query, school: school?.orgNo ?? '', page: String(page) })}`
      const body = (
        <div class="stack">
          <form method="get" action="/desk/teachers" class="filters">
            <TextField name="query" label={say('searchHint')} input={{ value: query, type: 'search' }} />
            <Select
              name="school"
              label={say('school')}
              value={school?.orgNo ?? ''}
              options={[
                { value: '', label: say('allSchools') },
                ...schools.map(({ orgNo, name }) => ({ value: orgNo, label: name })),
              ]}
            />
            <button type="submit" class="primary">
              {say('search')}
            </button>
          </form>
          <p class="small soft">{say('total', { total: found.total })}</p>
          <DataTable<TeacherListed>
            caption={say('teachersTitle')}
            captionHidden
            empty={say('noTeachers')}
            rows={found.items}
            rowKey={({ teacherNo }) => teacherNo}
            columns={[
              {
                label: say('name'),
                heading: true,
                cell: ({ teacherNo, name }) => (
                  <a href={`/desk/teachers/${encodeURIComponent(teacherNo)}`}>{name}</a>
                ),
              },
              { label: say('teacherNo'), nowrap: true, cell: ({ teacherNo }) => teacherNo },
              { label: say('school'), cell: (teacher) => schoolNames(teacher, today) },
              { label: say('title'), cell: ({ title }) => title ?? '—' },
              { label: say('status'), nowrap: true, cell: ({ status }) => status ?? '—' },
            ]}
          />
          <Pager
            label={say('teachers')}
            page={found.page}
            pages={found.pages}
            href={href}
            texts={{
              previous: '←',
              next: '→',
              position: say('pageOf', { page: found.page, pages: found.pages }),
            }}
          />
        </div>
      )
      return sendDesk(reply, request.desk, { room: 'teachers', title: say('teachersTitle'), body })
    },
  )

  app.get<{ Params: { teacherNo: string }; Querystring: { window?: string; page?: string } }>(
    '/teachers/:teacherNo',
    async (request, reply) => {
      const { who, say, lang } = request.desk
      const today = dayOf(now(), config.timeZone)
      const teacher = await teacherByNo(db, request.params.teacherNo, today)
      // Somebody of another school and somebody unknown get the same answer: it tells nothing about who exists.
      if (!teacher || !(await mayRead(db, who, teacher.teacherId, today))) {
        const body = <Notice tone="warn">{say('teacherMissingLead')}</Notice>
        return sendDesk(reply, request.desk, {
          room: 'teachers',
          title: say('teacherMissing'),
          body,
          status: 404,
        })
      }
      const window: WindowName = windowNames.find((name) => name === request.query.window) ?? 'cycle'
      await transact(db, (trx) =>
        recordAudit(trx, {
          actor: actorOf(who),
          action: 'transcript-viewed',
          subjectKind: 'teacher',
          subjectId: teacher.teacherNo,
          detail: { window },
          now: now(),
        }),
      )
      const view = await readTranscript(db, { teacherNo: teacher.teacherNo, window, today })
      const address = `/desk/teachers/${encodeURIComponent(teacher.teacherNo)}`
      const body = (
        <div class="stack">
          {maySee(who, 'teachers') && (
            <p>
              <a href="/desk/teachers">{say('backToTeachers')}</a>
            </p>
          )}
          <Facts
            items={[
              [say('teacherNo'), teacher.teacherNo],
              [say('currentSchool'), schoolNames(teacher, today)],
              [say('title'), teacher.title],
              [say('status'), teacher.status],
            ]}
          />
          <div id="transcript">
            <Transcript
              {...view}
              lang={lang}
              zone={config.timeZone}
              window={window}
              windowHref={(name) => `${address}?window=${name}`}
              part={{
                page: pageOf(request.query.page),
                href: (page) => `${address}?window=${window}&page=${page}`,
              }}
            />
          </div>
        </div>
      )
      return sendDesk(reply, request.desk, {
        room: 'teachers',
        title: `${teacher.name} · ${say('transcript')}`,
        body,
      })
    },
  )
}

function pageOf(text: string | undefined): number {
  return Math.max(1, Math.trunc(Number(text ?? 1)) || 1)
}

/** Where somebody works today, the newest first. */
function schoolNames({ employments }: TeacherListed, today: Day): string {
  const present = employments.filter(({ from, to }) => (from ?? '') <= today && (to === null || today <= to))
  return present.map(({ schoolName }) => schoolName).join('、') || '—'
}
