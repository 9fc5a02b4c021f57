import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { ExpectedError, NotFound } from '../../../foundation/errors.ts'
import { isId } from '../../../foundation/ids.ts'
import { dayOf } from '../../../foundation/time.ts'
import { actorOf, readableSchools } from '../../../ledger/access/role.ts'
import { linkTeacher } from '../../../ledger/roster/link-file.ts'
import { askForRosters } from '../../rosters/ask.ts'
import { listRosters, membersOf, rosterById } from '../../rosters/list.ts'
import { CsrfField, Notice, type Tone } from '../../web/components.tsx'
import type { Desk } from '../desk.ts'
import { sendDesk, sendForbidden } from '../frame.tsx'
import { mayDo, maySee } from '../who.ts'
import { membersText } from './members-messages.ts'
import { Members, Rosters } from './members-page.tsx'

const tones = {
  asked: 'good',
  linked: 'good',
  known: 'info',
  taken: 'warn',
  refused: 'warn',
} as const satisfies Record<string, Tone>
type Told = keyof typeof tones

const asked = z.object({ roster: z.uuid().optional() })
const linking = z.object({ sub: z.string().min(1).max(255), teacher_no: z.string().trim().min(1).max(100) })

/** Who is in the courses of platforms, for the district and, of its own teachers, for a school. */
export const memberRoutes: FastifyPluginAsync<Desk> = async (app, desk) => {
  const { db, now, config } = desk

  app.get<{ Querystring: { told?: string } }>('/members', async (request, reply) => {
    const { who, lang } = request.desk
    if (!maySee(who, 'members')) return sendForbidden(reply, request.desk)
    const say = membersText(lang)
    const isDistrict = readableSchools(who) === 'all'
    const body = (
      <div class="stack">
        <ToldNotice request={request} />
        <p>{say(isDistrict ? 'lead' : 'leadSchool')}</p>
        {mayDo(who, 'tend_platforms') && (
          <form method="post" action="/desk/members/fetch" class="row">
            <CsrfField token={request.desk.csrf} />
            <button type="submit">{say('fetchAll')}</button>
          </form>
        )}
        <Rosters frame={request.desk} say={say} rosters={await listRosters(db)} isDistrict={isDistrict} />
      </div>
    )
    return sendDesk(reply, request.desk, { room: 'members', title: say('title'), body })
  })

  app.get<{ Params: { roster: string }; Querystring: { told?: string } }>(
    '/members/:roster',
    async (request, reply) => {
      const { who, lang } = request.desk
      if (!maySee(who, 'members')) return sendForbidden(reply, request.desk)
      const say = membersText(lang)
      const roster = await rosterOf(request.params.roster)
      const today = dayOf(now(), config.timeZone)
      const members = await membersOf(db, roster.id, { schools: readableSchools(who), today })
      const body = (
        <div class="stack">
          <ToldNotice request={request} />
          <Members
            frame={request.desk}
            say={say}
            roster={roster}
            members={members}
            mayLink={mayDo(who, 'link')}
            mayFetch={mayDo(who, 'tend_platforms')}
          />
        </div>
      )
      return sendDesk(reply, request.desk, {
        room: 'members',
        title: roster.courseTitle ?? say('title'),
        body,
      })
    },
  )

  app.post('/members/fetch', async (request, reply) => {
    desk.refuseForeign(request)
    const { who } = request.desk
    if (!mayDo(who, 'tend_platforms')) return sendForbidden(reply, request.desk)
    const given = asked.safeParse(request.body)
    const which = given.success ? (given.data.roster ?? 'all') : null
    const told =
      which === null ? 'refused' : await toldAfter('asked', askForRosters(desk, which, actorOf(who)))
    return reply.redirect(
      `/desk/members${which === null || which === 'all' ? '' : `/${which}`}?told=${told}`,
      303,
    )
  })

  app.post<{ Params: { roster: string } }>('/members/:roster/link', async (request, reply) => {
    desk.refuseForeign(request)
    const { who } = request.desk
    if (!mayDo(who, 'link')) return sendForbidden(reply, request.desk)
    const roster = await rosterOf(request.params.roster)
    const given = linking.safeParse(request.body)
    const back = (told: Told): FastifyReply => reply.redirect(`/desk/members/${roster.id}?told=${told}`, 303)
    if (!given.success) return back('refused')
    try {
      const { outcome } = await linkTeacher(desk, {
        teacherNo: given.data.teacher_no.normalize('NFC'),
        identifier: { kind: 'account', homePage: roster.iss, name: given.data.sub },
        actor: actorOf(who),
        reason: 'roster',
      })
      return back(outcome)
    } catch (error) {
      if (error instanceof ExpectedError) return back('refused')
      throw error
    }
  })

  async function rosterOf(text: string) {
    const roster = isId(text) ? await rosterById(db, text) : null
    if (!roster) throw new NotFound('roster-unknown', 'no roster has this id')
    return roster
  }
}

async function toldAfter(word: Told, deed: Promise<unknown>): Promise<Told> {
  try {
    await deed
    return word
  } catch (error) {
    if (error instanceof ExpectedError) return 'refused'
    throw error
  }
}

function ToldNotice({ request }: { request: FastifyRequest }) {
  const { told } = request.query as { told?: string }
  const word = (Object.keys(tones) as Told[]).find((one) => one === told)
  return word ? <Notice tone={tones[word]}>{membersText(request.desk.lang)(`told_${word}`)}</Notice> : null
}
