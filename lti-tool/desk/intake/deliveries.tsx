import { Badge, Card, CsrfField, DataTable, Select, type Tone } from '../../web/components.tsx'
import { type DeskFrame, shownInstant } from '../frame.tsx'
import type { DeliveryShown, DestinationShown } from './answers.ts'
import { codeSaid, deliveryCodes, deliveryStates, eventSaid } from './destination-words.ts'
import type { DestinationsSay } from './destinations-messages.ts'
import { intakeText } from './messages.ts'

const tones: Record<string, Tone> = { waiting: 'info', delivered: 'good', dead: 'bad' }

/** What the log is narrowed to; empty texts take all. */
export interface LogAsked {
  state: string
  code: string
  after: string
}

interface Props {
  frame: DeskFrame
  say: DestinationsSay
  destination: DestinationShown
  asked: LogAsked
  deliveries: DeliveryShown[]
  next: string | null
  mayTend: boolean
}

/** The log of deliveries of one destination, with filters; what was given up can be sent again at once. */
export function Deliveries({ frame, say, destination, asked, deliveries, next, mayTend }: Props) {
  const { lang } = frame
  const common = intakeText(lang)
  const base = `/desk/destinations/${destination.destination_id}`
  return (
    <Card title={say('log')} id="log">
      <form method="get" action={`${base}#log`} class="filters">
        <Select
          name="state"
          label={say('state')}
          value={asked.state}
          options={[
            { value: '', label: say('allStates') },
            ...deliveryStates.map((value) => ({ value: value as string, label: say(`delivery_${value}`) })),
          ]}
        />
        <Select
          name="code"
          label={say('code')}
          value={asked.code}
          options={[
            { value: '', label: say('allCodes') },
            ...deliveryCodes.map((value) => ({ value: value as string, label: codeSaid(say, value) })),
          ]}
        />
        <button type="submit" class="primary">
          {common('filter')}
        </button>
      </form>
      {mayTend && destination.dead > 0 && (
        <form method="post" action={`${base}/replay`} class="row">
          <CsrfField token={frame.csrf} />
          <input type="hidden" name="code" value={asked.code} />
          <button type="submit">
            {asked.code ? say('replayDeadCode', { why: codeSaid(say, asked.code) }) : say('replayDead')}
          </button>
        </form>
      )}
      <DataTable<DeliveryShown>
        caption={say('log')}
        captionHidden
        empty={say('logEmpty')}
        rows={deliveries}
        rowKey={({ delivery_id }) => delivery_id}
        columns={[
          {
            label: say('event'),
            heading: true,
            cell: ({ event, seq }) => `${eventSaid(say, event)}${seq === null ? '' : ` #${seq}`}`,
          },
          { label: say('state'), cell: ({ state }) => <DeliveryState say={say} state={state} /> },
          {
            label: say('code'),
            cell: ({ code }) => (code ? <span title={code}>{codeSaid(say, code)}</span> : '—'),
          },
          { label: say('status'), numeric: true, cell: ({ status }) => status ?? '—' },
          { label: say('attempts'), numeric: true, cell: ({ attempts }) => attempts },
          { label: say('queuedAt'), nowrap: true, cell: ({ queued_at }) => shownInstant(queued_at, lang) },
          {
            label: say('finishedAt'),
            nowrap: true,
            cell: ({ finished_at }) => shownInstant(finished_at, lang) ?? '—',
          },
        ]}
      />
      {next && (
        <p>
          <a class="button" href={`${base}?${new URLSearchParams({ ...asked, after: next })}#log`}>
            {common('more')}
          </a>
        </p>
      )}
    </Card>
  )
}

function DeliveryState({ say, state }: { say: DestinationsSay; state: string }) {
  const known = deliveryStates.find((one) => one === state)
  return <Badge tone={tones[state] ?? 'plain'}>{known ? say(`delivery_${known}`) : state}</Badge>
}
