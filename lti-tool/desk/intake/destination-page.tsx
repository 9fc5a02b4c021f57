import { Card, CsrfField, Facts, Notice, TextField } from '../../web/components.tsx'
import type { BridgeRefused } from '../bridge.ts'
import { type DeskFrame, shownInstant } from '../frame.tsx'
import { mayDo } from '../who.ts'
import type { DeliveryShown, DestinationShown, SourceShown } from './answers.ts'
import { Deliveries, type LogAsked } from './deliveries.tsx'
import { DestinationForm } from './destination-form.tsx'
import { SigningSecret, StateOf } from './destination-parts.tsx'
import { codeSaid } from './destination-words.ts'
import { type DestinationsSay, destinationsText } from './destinations-messages.ts'
import { shownSpan, Told } from './intake.tsx'
import { intakeText } from './messages.ts'
import { Refusal } from './said.tsx'

/** What a try-out met. */
export interface Tried {
  ok: boolean
  status: number | null
  code: string | null
  milliseconds: number
}

interface Props {
  frame: DeskFrame
  destination: DestinationShown
  sources: SourceShown[]
  asked: LogAsked
  deliveries: DeliveryShown[]
  next: string | null
  told?: string
  n?: number
  refusal?: BridgeRefused
  given?: Record<string, unknown>
  tried?: Tried
  secret?: string
}

/** The page of one destination. */
export function DestinationPage(props: Props) {
  const { frame, destination, told, n = 0, refusal, tried, secret } = props
  const say = destinationsText(frame.lang)
  const mayTend = mayDo(frame.who, 'tend_intake') && destination.state !== 'removed'
  return (
    <>
      <Told
        told={told}
        tellings={{
          saved: ['good', intakeText(frame.lang)('saved')],
          state: ['good', say('stateDone')],
          not_sure: ['warn', say('notSure')],
          replayed: ['good', say('replayed', { n })],
          nothing: ['info', say('nothingReplayed')],
        }}
      />
      {refusal && <Refusal lang={frame.lang} refusal={refusal} />}
      {secret && <SigningSecret say={say} secret={secret} />}
      {tried && <TriedOut say={say} tried={tried} />}
      <Figures frame={frame} say={say} destination={destination} mayTend={mayTend} />
      <Deliveries {...props} say={say} mayTend={mayTend} />
      {mayTend && (
        <Card title={say('settings')}>
          <DestinationForm
            frame={frame}
            say={say}
            kind={destination.kind}
            sources={props.sources}
            destination={destination}
            given={props.given}
            action={`/desk/destinations/${destination.destination_id}`}
          />
        </Card>
      )}
      {mayTend && <Further frame={frame} say={say} destination={destination} />}
    </>
  )
}

interface Part {
  frame: DeskFrame
  say: DestinationsSay
  destination: DestinationShown
}

function TriedOut({ say, tried }: { say: DestinationsSay; tried: Tried }) {
  const { ok, status, code, milliseconds: ms } = tried
  const answer = status === null ? say('noAnswer') : String(status)
  return ok ? (
    <Notice tone="good">{say('testGood', { status: answer, ms })}</Notice>
  ) : (
    <Notice tone="warn">
      {say('testBad', { why: code ? codeSaid(say, code) : '—', status: answer, ms })}
    </Notice>
  )
}

function Figures({ frame, say, destination, mayTend }: Part & { mayTend: boolean }) {
  const { lang, csrf } = frame
  const { last_code: code, last_status: status } = destination
  const base = `/desk/destinations/${destination.destination_id}`
  const result = [code && codeSaid(say, code), status].filter(Boolean).join(' · ')
  return (
    <Card title={say('figures')}>
      <Facts
        items={[
          [say('state'), <StateOf key="state" say={say} destination={destination} />],
          [say('kind'), say(`kind_${destination.kind}`)],
          [
            say('url'),
            <span key="url" class="breaks">
              {destination.url}
            </span>,
          ],
          [say('pending'), destination.pending],
          [say('failed'), destination.failed],
          [say('dead'), destination.dead],
          [say('behind'), destination.behind],
          [say('lag'), destination.lag_seconds === 0 ? '—' : shownSpan(destination.lag_seconds, lang)],
          [say('lastSuccess'), shownInstant(destination.last_success_at, lang) ?? say('never')],
          [say('lastCode'), result],
          [say('nextTry'), shownInstant(destination.next_try_at, lang)],
        ]}
      />
      {mayTend && (
        <div class="row">
          <form method="post" action={`${base}/state`}>
            <CsrfField token={csrf} />
            {destination.state === 'paused' ? (
              <button type="submit" name="deed" value="resume" class="primary">
                {say('resume')}
              </button>
            ) : (
              <button type="submit" name="deed" value="pause">
                {say('pause')}
              </button>
            )}
          </form>
          <form method="post" action={`${base}/test`}>
            <CsrfField token={csrf} />
            <button type="submit">{say('test')}</button>
          </form>
        </div>
      )}
    </Card>
  )
}

/** What is seldom done: another secret, and removal. */
function Further({ frame, say, destination }: Part) {
  const base = `/desk/destinations/${destination.destination_id}`
  return (
    <Card>
      {/* The credential that an LRS gave is one of its settings. */}
      {destination.kind === 'webhook' && (
        <details>
          <summary>{say('rotate')}</summary>
          <form method="post" action={`${base}/rotate`} class="stack">
            <CsrfField token={frame.csrf} />
            <p>{say('rotateLead')}</p>
            <TextField
              name="overlap_hours"
              label={say('overlap')}
              input={{ type: 'number', min: 0, max: 720, value: 24, class: 'narrow' }}
            />
            <div class="row">
              <button type="submit" class="primary">
                {say('doRotate')}
              </button>
            </div>
          </form>
        </details>
      )}
      <details>
        <summary>{say('remove')}</summary>
        <form method="post" action={`${base}/remove`} class="stack">
          <CsrfField token={frame.csrf} />
          <p>{say('removeLead')}</p>
          <label class="choice">
            <input type="checkbox" name="sure" value="yes" required />
            <span>{say('removeSure')}</span>
          </label>
          <div class="row">
            <button type="submit" class="danger">
              {say('remove')}
            </button>
          </div>
        </form>
      </details>
    </Card>
  )
}
