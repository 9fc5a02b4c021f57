import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ComponentChildren } from 'preact'
import { districtZone } from '../../foundation/time.ts'
import { CsrfField, Notice } from '../web/components.tsx'
import { type Lang, langOf, type Say } from '../web/messages.ts'
import { page, sendHtml } from '../web/page.tsx'
import type { deskText } from './messages.ts'
import { maySee, type Room, type Who } from './who.ts'

/** How desk pages say a text. */
export type DeskSay = Say<Parameters<ReturnType<typeof deskText>>[0]>

/** What every page of the desk is made with. */
export interface DeskFrame {
  who: Who
  csrf: string
  lang: Lang
  say: DeskSay
}

const rooms: { room: Room; href: string }[] = [
  { room: 'today', href: '/desk' },
  { room: 'teachers', href: '/desk/teachers' },
  { room: 'claims', href: '/desk/claims' },
  { room: 'queue', href: '/desk/queue' },
  { room: 'sources', href: '/desk/sources' },
  { room: 'scores', href: '/desk/scores' },
  { room: 'members', href: '/desk/members' },
  { room: 'imports', href: '/desk/imports' },
  { room: 'platforms', href: '/desk/platforms' },
  { room: 'audit', href: '/desk/audit' },
]

/** The language of a request that came without a launch. */
export function langOfRequest(request: FastifyRequest): Lang {
  return langOf({ acceptLanguage: request.headers['accept-language'] })
}

/** Answers a page of the desk, with the rooms this person may enter. */
export function sendDesk(
  reply: FastifyReply,
  { who, csrf, lang, say }: DeskFrame,
  parts: { room: Room | null; title: string; body: ComponentChildren; status?: number },
): FastifyReply {
  const nav = rooms
    .filter(({ room }) => maySee(who, room))
    .map(({ room, href }) => ({ href, label: say(room), current: room === parts.room }))
  const html = page({
    title: parts.title,
    lang,
    nav,
    home: '/desk',
    csrf,
    width: 'wide',
    who: (
      <form method="post" action="/logout" class="row">
        <CsrfField token={csrf} />
        <span>{`${who.login} · ${rolesOf(who, say)}`}</span>
        <button type="submit" class="plain">
          {say('signOut')}
        </button>
      </form>
    ),
    body: (
      <>
        <h1>{parts.title}</h1>
        {parts.body}
      </>
    ),
  })
  return sendHtml(reply.status(parts.status ?? 200), html)
}

function rolesOf({ roles }: Who, say: DeskSay): string {
  return [...new Set(roles.map(({ role }) => say(`role_${role}`)))].join('、')
}

/** An instant as people here read it: the district's zone, to the minute. Null stays null. */
export function shownInstant(iso: string | null, lang: Lang): string | null {
  if (iso === null) return null
  return new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : 'zh-CN', {
    timeZone: districtZone,
    dateStyle: 'medium',
    timeStyle: 'short',
  }).format(new Date(iso))
}

/** The page for what this account may not see or do. */
export function sendForbidden(reply: FastifyReply, frame: DeskFrame): FastifyReply {
  const { say } = frame
  const body = <Notice tone="warn">{say('forbiddenLead')}</Notice>
  return sendDesk(reply, frame, { room: null, title: say('forbidden'), body, status: 403 })
}
