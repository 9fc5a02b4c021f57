import { Card, DataTable, Facts, Notice } from '../../web/components.tsx'
import type { BridgeRefused } from '../bridge.ts'
import { type DeskFrame, shownInstant } from '../frame.tsx'
import { explained } from '../reasons.ts'
import { mayDo } from '../who.ts'
import type { NewCredential, SourceDetail } from './answers.ts'
import { shownShare, shownSpan, Told } from './intake.tsx'
import { intakeText } from './messages.ts'
import { NewSecret } from './new-secret.tsx'
import { Refusal } from './said.tsx'
import { signingText } from './signing-messages.ts'
import { SourceChart } from './source-chart.tsx'
import { Credentials } from './source-credentials.tsx'
import { type Looked, ReceiptLookup } from './source-receipts.tsx'
import { SourceSettings, SourceStates } from './source-settings.tsx'
import { Signing } from './source-signing.tsx'
import { alarmText, Silence, SourceState, shownDelivery, unreadSeconds } from './sources.tsx'
import { type SourcesSay, sourcesText } from './sources-messages.ts'

/** The page of one source. */
export function SourcePage(props: {
  frame: DeskFrame
  source: SourceDetail
  told?: string | undefined
  n?: number
  looked?: Looked | null
  made?: NewCredential
  refusal?: BridgeRefused
  /** Settings that the bridge refused, to be mended. */
  form?: Record<string, unknown>
}) {
  const { frame, source, told, n = 0, looked, made, refusal, form } = props
  const { lang } = frame
  const say = sourcesText(lang)
  const common = intakeText(lang)
  const mayTend = mayDo(frame.who, 'tend_intake')
  return (
    <>
      <Told
        told={told}
        tellings={{
          saved: ['good', common('saved')],
          unchanged: ['info', common('unchanged')],
          state: ['good', say('stateDone')],
          discarded: ['good', say('discarded', { n })],
          key_revoked: ['good', say('keyRevoked')],
          signing: ['good', signingText(lang)('signingDone')],
          not_sure: ['warn', say('notSure')],
        }}
      />
      {refusal && <Refusal lang={lang} refusal={refusal} />}
      {made && <NewSecret lang={lang} made={made} />}
      <Alarms frame={frame} say={say} source={source} />
      <Health frame={frame} say={say} source={source} />
      <SourceChart frame={frame} say={say} hours={source.hours} />
      <WaitingHere frame={frame} say={say} source={source} />
      <ReceiptLookup frame={frame} say={say} sourceId={source.source_id} looked={looked ?? null} />
      <Credentials frame={frame} say={say} source={source} />
      <Signing frame={frame} source={source} mayChange={mayTend} />
      {mayTend && <SourceStates frame={frame} say={say} source={source} />}
      <SourceSettings frame={frame} say={say} source={source} form={form} mayChange={mayTend} />
    </>
  )
}

interface Part {
  frame: DeskFrame
  say: SourcesSay
  source: SourceDetail
}

function Alarms({ frame, say, source: { alarms } }: Part) {
  if (alarms.length === 0) return null
  return (
    <Notice tone="warn" title={say('alarmsTitle')}>
      <ul class="plain-list">
        {alarms.map(({ kind, since }) => (
          <li key={kind}>
            {say('alarmSince', { what: alarmText(say, kind), when: shownInstant(since, frame.lang) ?? '' })}
          </li>
        ))}
      </ul>
    </Notice>
  )
}

function Health({ frame, say, source }: Part) {
  const { lang } = frame
  const { source_id: id, last_day: day, clock_ahead_seconds: ahead, delivery_lag_seconds: delivery } = source
  const unread = unreadSeconds(source)
  return (
    <Card title={say('health')}>
      <Facts
        items={[
          [say('state'), <SourceState key="state" frame={frame} source={source} />],
          [say('preset'), <code key="preset">{source.preset}</code>],
          [
            say('lastPush'),
            <>
              {shownInstant(source.last_push_at, lang) ?? say('never')}
              <Silence frame={frame} say={say} source={source} />
            </>,
          ],
          [say('delivery'), shownDelivery(source, lang)],
          [say('unread'), unread === 0 ? '—' : shownSpan(unread, lang)],
          [say('accepted'), source.accepted],
          [say('duplicate'), source.duplicate],
          [say('refused'), source.refused],
          [say('conflict'), source.conflict],
          [say('errorRate'), source.error_rate === null ? '—' : shownShare(source.error_rate)],
          [say('clockAhead'), ahead === null ? '—' : shownSpan(ahead, lang)],
          [say('credentialEnds'), shownInstant(source.credential_expires_at, lang) ?? say('endless')],
          [say('created'), shownInstant(source.created_at, lang)],
        ]}
      />
      <p class="small soft">
        {`${say('lastDay')}：${say('lastDayLine', { ...day })}`}
        {day.limited > 0 && ` · ${say('limited', { n: day.limited })}`}
        {delivery.backfilled > 0 && ` · ${say('backfilled', { n: delivery.backfilled })}`}
      </p>
      <p class="row">
        <a href={`/desk/rejected?source=${id}`}>{say('toRejected')}</a>
        <a href={`/desk/rules/${id}`}>{say('toRules')}</a>
        <a href={`/desk/aliases?source=${id}`}>{say('toAliases')}</a>
        <a href="/desk/queue">{say('toQueue')}</a>
      </p>
    </Card>
  )
}

function WaitingHere({ frame, say, source }: Part) {
  return (
    <Card title={say('waiting')}>
      <DataTable<SourceDetail['waiting'][number]>
        caption={say('waiting')}
        captionHidden
        empty={say('noWaiting')}
        rows={source.waiting}
        rowKey={({ code }) => code}
        columns={[
          {
            label: say('reasonCode'),
            heading: true,
            cell: ({ code }) => (
              <a href={`/desk/queue?reason=${code}`} title={code}>
                {explained(frame.say, code).title}
              </a>
            ),
          },
          { label: say('completions'), numeric: true, cell: ({ completions }) => completions },
          { label: say('people'), numeric: true, cell: ({ people }) => people },
          { label: say('since'), nowrap: true, cell: ({ since }) => shownInstant(since, frame.lang) },
        ]}
      />
    </Card>
  )
}
