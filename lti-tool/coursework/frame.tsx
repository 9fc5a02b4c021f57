import type { FastifyRequest } from 'fastify'
import type { ComponentChildren } from 'preact'
import type { Ground } from '../../foundation/ground.ts'
import { type Instant, isoOf } from '../../foundation/time.ts'
import { csrfToken } from '../launch/session.ts'
import type { Lang } from '../web/messages.ts'
import { langOf } from '../web/messages.ts'
import { page } from '../web/page.tsx'
import { courseText } from './messages.ts'

/** What every page of one launch is drawn with. */
export interface LaunchFrame {
  lang: Lang
  /** Address of the launch, with a slash behind. */
  base: string
  csrf: string
  launchId: string
  sharedName: string | null
  teacherNo: string | null
}

/** Reads the frame from a request below /app/:launch/. */
export function frameOf(request: FastifyRequest, { config }: Pick<Ground, 'config'>): LaunchFrame {
  const { launch } = request
  return {
    lang: langOf({ locale: launch.locale, acceptLanguage: request.headers['accept-language'] }),
    base: `/app/${launch.launchId}/`,
    csrf: csrfToken(config, launch.launchId),
    launchId: launch.launchId,
    sharedName: launch.sharedName,
    teacherNo: launch.teacherNo,
  }
}

/** Which page of a launch is shown; the navigation marks it. */
export type Place = 'course' | 'receipt' | 'transcript'

/** A whole page of one launch: navigation, CSRF token, and the scripts that keep session and study. */
export function launchPage(
  frame: LaunchFrame,
  parts: {
    place: Place
    title: string
    body: ComponentChildren
    width?: 'reading' | 'normal' | 'wide'
    data?: Record<string, string>
  },
): string {
  const say = courseText(frame.lang)
  const item = (place: Place, path: string, label: string) => ({
    href: frame.base + path,
    label,
    current: parts.place === place,
  })
  return page({
    lang: frame.lang,
    title: parts.title,
    home: frame.base,
    nav: [
      item('course', '', say('course')),
      item('receipt', 'receipt', say('receipt')),
      item('transcript', 'transcript', say('transcript')),
    ],
    who: [frame.sharedName, frame.teacherNo].filter(Boolean).join(' · '),
    csrf: frame.csrf,
    scripts: ['session.js', 'course.js'],
    data: { launch: frame.launchId, ...parts.data },
    width: parts.width ?? 'normal',
    body: parts.body,
  })
}

/** An instant as people of the district read it: `2026-11-21 23:08`. */
export function timeText(instant: Instant, zone: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })
  return parts.format(new Date(isoOf(instant)))
}
