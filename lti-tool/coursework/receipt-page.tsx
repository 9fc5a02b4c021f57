import type { Instant } from '../../foundation/time.ts'
import { Badge, Card, Facts, Notice, StateChain } from '../web/components.tsx'
import { askAgainMs, type Journey, tell } from './chain.ts'
import { type LaunchFrame, launchPage, timeText } from './frame.tsx'
import { courseText } from './messages.ts'
import type { Room } from './room.ts'

/** The receipt of a course (完成回执): what was finished, and where its hours are. */
export function receiptPage({
  frame,
  room,
  journey,
  zone,
  now,
}: {
  frame: LaunchFrame
  room: Room | null
  journey: Journey | null
  zone: string
  now: Instant
}): string {
  const say = courseText(frame.lang)
  return launchPage(frame, {
    place: 'receipt',
    title: say('receipt'),
    body: (
      <div class="stack">
        <h1>{say('receipt')}</h1>
        {room && journey ? (
          <>
            <ReceiptState frame={frame} journey={journey} now={now} />
            <Card title={room.offering.title}>
              <Facts
                items={[
                  [say('projectNo'), room.offering.projectNo],
                  [say('attemptOf'), room.enrolment?.trainingClassCode],
                  [say('chain_completed'), timeText(journey.finishedAt as Instant, zone)],
                  [say('statementId'), <code key="id">{journey.statementId}</code>],
                ]}
              />
            </Card>
          </>
        ) : (
          <Notice title={say('notFinished')}>
            <p>{say('notFinishedText')}</p>
            <p>
              <a class="button primary" href={frame.base}>
                {say('back')}
              </a>
            </p>
          </Notice>
        )}
      </div>
    ),
  })
}

/** The chain, which htmx fetches again until the hours stand in the book. */
export function ReceiptState({
  frame,
  journey,
  now,
}: {
  frame: LaunchFrame
  journey: Journey
  now: Instant
}) {
  const say = courseText(frame.lang)
  const told = tell(journey, say)
  const again = askAgainMs(journey, told, now)
  const { counted, excess } = journey.claim?.milliHours ?? { counted: 0, excess: 0 }
  const inBook = counted + excess > 0
  const polling =
    again === null
      ? {}
      : {
          'hx-get': `${frame.base}receipt/state`,
          'hx-trigger': `load delay:${again}ms`,
          'hx-swap': 'outerHTML',
        }
  return (
    <div id="receipt-state" class="stack" {...polling}>
      <Card
        title={say('chain')}
        actions={<Badge tone={inBook ? 'good' : 'warn'}>{say(inBook ? 'counted' : 'notYetCounted')}</Badge>}
      >
        <StateChain
          label={say('chain')}
          steps={told.steps}
          stateNames={{
            done: say('mark_done'),
            now: say('mark_now'),
            ahead: say('mark_ahead'),
            stopped: say('mark_stopped'),
          }}
        />
        {told.summary && <p class="soft">{told.summary}</p>}
        {again !== null && <p class="small soft">{say('refreshes')}</p>}
      </Card>
      <p>
        <a class={inBook ? 'button primary' : 'button'} href={`${frame.base}transcript`}>
          {say('seeTranscript')}
        </a>
      </p>
    </div>
  )
}
