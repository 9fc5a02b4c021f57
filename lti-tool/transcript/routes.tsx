import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { ComponentChildren } from 'preact'
import type { Ground } from '../../foundation/ground.ts'
import { dayOf, type Instant } from '../../foundation/time.ts'
import { askAgainMs, tell } from '../coursework/chain.ts'
import { frameOf, type LaunchFrame, launchPage } from '../coursework/frame.tsx'
import { type Travelling, travellingSince } from '../coursework/journey.ts'
import { courseText } from '../coursework/messages.ts'
import { Card, Notice } from '../web/components.tsx'
import { fragment, sendHtml } from '../web/page.tsx'
import { transcriptText } from './messages.ts'
import { readTranscript, type WindowName, windowNames } from './rows.ts'
import { Transcript } from './view.tsx'

// What was finished earlier and is not in the book waits for people; its receipt says so.
const LATELY = 30 * 86_400_000_000

/** 我的学时 of the person of a launch, below /app/:launch/. */
export const transcriptRoutes: FastifyPluginAsync<Ground> = async (app, ground) => {
  app.get<{ Querystring: { window?: string; page?: string } }>('/transcript', async (request, reply) => {
    const { teacherNo } = request.launch
    const frame = frameOf(request, ground)
    const say = transcriptText(frame.lang)
    const window = windowNames.find((name) => name === request.query.window) ?? 'cycle'
    const page = Math.max(1, Math.floor(Number(request.query.page)) || 1)
    const travelling = await notBooked(ground, request)
    const body = (
      <div class="stack">
        <h1>{say('title')}</h1>
        <OnTheWay frame={frame} travelling={travelling} now={ground.now()} />
        {teacherNo === null ? (
          <Unlinked frame={frame} />
        ) : (
          <Refreshed address={addressOf(frame, window, page)}>
            <Transcript
              {...(await readTranscript(ground.db, {
                teacherNo,
                window,
                today: dayOf(ground.now(), ground.config.timeZone),
              }))}
              lang={frame.lang}
              zone={ground.config.timeZone}
              window={window}
              windowHref={(name) => addressOf(frame, name)}
              part={{ page, href: (to) => addressOf(frame, window, to) }}
            />
          </Refreshed>
        )}
      </div>
    )
    return sendHtml(
      reply,
      launchPage(frame, { place: 'transcript', title: say('title'), width: 'wide', body }),
    )
  })

  // The page asks here while something is on its way; when less is, the transcript is told to fetch itself again.
  app.get<{ Querystring: { count?: string } }>('/transcript/way', async (request, reply) => {
    const travelling = await notBooked(ground, request)
    if (travelling.length < Number(request.query.count)) reply.header('hx-trigger', 'hours-posted')
    const frame = frameOf(request, ground)
    return sendHtml(reply, fragment(<OnTheWay frame={frame} travelling={travelling} now={ground.now()} />))
  })
}

const addressOf = (frame: LaunchFrame, window: WindowName, page = 1) =>
  `${frame.base}transcript?window=${window}${page > 1 ? `&page=${page}` : ''}`

async function notBooked(ground: Ground, { launch }: FastifyRequest): Promise<Travelling[]> {
  if (launch.test) return []
  const travelling = await travellingSince(ground, launch, (ground.now() - LATELY) as Instant)
  return travelling.filter(({ journey }) => {
    const { counted, excess } = journey.claim?.milliHours ?? { counted: 0, excess: 0 }
    return counted + excess === 0
  })
}

function Unlinked({ frame }: { frame: LaunchFrame }) {
  const say = transcriptText(frame.lang)
  return (
    <Notice tone="warn" title={say('unlinkedTitle')}>
      <p>
        {say('unlinked')} <a href={`${frame.base}identity`}>{say('bind')}</a>
      </p>
    </Notice>
  )
}

function Refreshed({ address, children }: { address: string; children: ComponentChildren }) {
  return (
    <div
      id="transcript"
      hx-get={address}
      hx-trigger="hours-posted from:body"
      hx-select="#transcript"
      hx-target="this"
      hx-swap="outerHTML"
    >
      {children}
    </div>
  )
}

/** Finished courses whose hours are not in the book, each with the step it stands at. Asks again while there are any. */
function OnTheWay({
  frame,
  travelling,
  now,
}: {
  frame: LaunchFrame
  travelling: Travelling[]
  now: Instant
}) {
  const say = transcriptText(frame.lang)
  const sayCourse = courseText(frame.lang)
  const told = travelling.map(({ enrolment, journey }) => ({
    enrolment,
    journey,
    ...tell(journey, sayCourse),
  }))
  const waits = told.flatMap((one) => askAgainMs(one.journey, one, now) ?? [])
  const polling =
    waits.length === 0
      ? {}
      : {
          'hx-get': `${frame.base}transcript/way?count=${travelling.length}`,
          'hx-trigger': `load delay:${Math.min(...waits)}ms`,
          'hx-swap': 'outerHTML',
        }
  return (
    <div id="on-the-way" aria-live="polite" {...polling}>
      {told.length > 0 && (
        <Card title={say('onTheWay')} actions={<a href={`${frame.base}receipt`}>{say('receipt')}</a>}>
          <ul>
            {told.map(({ enrolment, steps, summary }) => {
              const at = steps.find(({ state }) => state === 'now' || state === 'stopped')
              return (
                <li key={enrolment.enrolmentId}>
                  {`${enrolment.offeringCode} · `}
                  <strong>{at?.label ?? sayCourse('chain_completed')}</strong> {at?.note ?? summary}
                </li>
              )
            })}
          </ul>
          <p class="small soft">{say('onTheWayHint')}</p>
        </Card>
      )}
    </div>
  )
}
