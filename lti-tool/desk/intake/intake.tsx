import type { FastifyReply } from 'fastify'
import type { ComponentChildren } from 'preact'
import { Notice, Segments, type Tone } from '../../web/components.tsx'
import type { Lang } from '../../web/messages.ts'
import { type DeskFrame, sendDesk } from '../frame.tsx'
import { intakeText } from './messages.ts'

/** Pages about what comes in from sources and goes on to others. */
export type IntakeTab = 'sources' | 'rejected' | 'rules' | 'aliases' | 'destinations'

const tabs: IntakeTab[] = ['sources', 'rejected', 'rules', 'aliases', 'destinations']

/** Answers one of these pages, with the way to the others on top. */
export function sendIntake(
  reply: FastifyReply,
  frame: DeskFrame,
  parts: { tab: IntakeTab; title: string; body: ComponentChildren; status?: number | undefined },
): FastifyReply {
  const say = intakeText(frame.lang)
  const body = (
    <div class="stack">
      <Segments
        label={say('tabs')}
        items={tabs.map((tab) => ({
          href: `/desk/${tab}`,
          label: say(`tab_${tab}`),
          current: tab === parts.tab,
        }))}
      />
      {parts.body}
    </div>
  )
  return sendDesk(reply, frame, { room: 'sources', title: parts.title, body, status: parts.status ?? 200 })
}

/** What the page before told by a word in the address; nothing for a word that is not ours. */
export function Told<Word extends string>(props: {
  told: string | undefined
  tellings: Readonly<Record<Word, readonly [Tone, ComponentChildren]>>
}) {
  if (!props.told || !Object.hasOwn(props.tellings, props.told)) return null
  const [tone, text] = props.tellings[props.told as Word]
  return <Notice tone={tone}>{text}</Notice>
}

/** All values of a field of a form that may come several times. */
export function listOf(value: unknown): string[] {
  if (value === undefined || value === '') return []
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string')
}

/** A field of a form or an address as text, without blanks around it; empty where it is absent. */
export function textOf(value: unknown): string {
  const one = Array.isArray(value) ? value[0] : value
  return typeof one === 'string' ? one.trim() : ''
}

/** Lines of a text area that hold something. */
export function linesOf(value: unknown): string[] {
  return textOf(value)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean)
}

/** A length of time as people say it, from seconds. */
export function shownSpan(seconds: number, lang: Lang): string {
  const say = intakeText(lang)
  const n = (value: number) => ({ n: value < 10 ? Number(value.toFixed(1)) : Math.round(value) })
  if (seconds < 90) return say('seconds', n(seconds))
  if (seconds < 5400) return say('minutes', n(seconds / 60))
  if (seconds < 129_600) return say('hours', n(seconds / 3600))
  return say('days', n(seconds / 86_400))
}

/** A share of 0…1 in per cent, with one place. */
export function shownShare(share: number): string {
  return `${(share * 100).toFixed(1)}%`
}

/** Whether a text is a UUID. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text)
}
