import { Badge, DataTable, Select } from '../../web/components.tsx'
import type { BridgeRefused } from '../bridge.ts'
import { type DeskFrame, shownInstant } from '../frame.tsx'
import { mayDo } from '../who.ts'
import type { MendingShown, RejectedSummary, SourceShown } from './answers.ts'
import { faultWords } from './fault-messages.ts'
import { intakeText } from './messages.ts'
import { BulkMending } from './rejected-bulk.tsx'
import { type RejectedSay, rejectedText } from './rejected-messages.ts'
import {
  type BulkOutcome,
  faultName,
  type RejectedAsked,
  RejectedState,
  shownBytes,
} from './rejected-parts.tsx'
import { Refusal } from './said.tsx'

interface Props {
  frame: DeskFrame
  asked: RejectedAsked
  inputs: RejectedSummary[]
  total: number
  openByCode: Record<string, number>
  sources: SourceShown[]
  mendings: MendingShown[]
  hasMore: boolean
  bulk?: BulkOutcome
  refusal?: BridgeRefused
}

/** Refused requests, newest first, with filters and the bulk mending of one kind of fault. */
export function RejectedList(props: Props) {
  const { frame, asked, total, refusal, hasMore, inputs } = props
  const say = rejectedText(frame.lang)
  const last = hasMore ? inputs.at(-1) : undefined
  const next = new URLSearchParams({ ...asked, before: last?.rejected_id ?? '' })
  return (
    <>
      {refusal && <Refusal lang={frame.lang} refusal={refusal} />}
      <p>{say('lead')}</p>
      <OpenFaults {...props} say={say} />
      <Filters {...props} say={say} />
      {asked.code && mayDo(frame.who, 'tend_intake') && (
        <BulkMending
          frame={frame}
          say={say}
          asked={asked}
          bulk={props.bulk}
          mendings={props.mendings.filter(({ codes }) => codes.includes(asked.code))}
          fault={faultName(frame, asked.code)}
        />
      )}
      <p class="small soft">{say('total', { total })}</p>
      <Inputs frame={frame} say={say} inputs={inputs} />
      {last && (
        <p>
          <a class="button" href={`/desk/rejected?${next}`}>
            {intakeText(frame.lang)('more')}
          </a>
        </p>
      )}
    </>
  )
}

function OpenFaults({ frame, say, openByCode, asked }: Props & { say: RejectedSay }) {
  const open = Object.entries(openByCode).sort(([, one], [, other]) => other - one)
  if (open.length === 0) return null
  return (
    <nav aria-label={say('openByCode')}>
      <ul class="segments">
        {open.map(([code, n]) => (
          <li key={code}>
            <a
              href={`/desk/rejected?${new URLSearchParams({ code, source: asked.source })}`}
              {...(asked.code === code ? { 'aria-current': 'true' } : {})}
            >
              {`${faultName(frame, code)} ${n}`}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function Filters({ frame, say, asked, sources }: Props & { say: RejectedSay }) {
  const common = intakeText(frame.lang)
  const codes = Object.keys(faultWords).map((key) => key.replaceAll('_', '-'))
  return (
    <form method="get" action="/desk/rejected" class="filters">
      <Select
        name="source"
        label={say('source')}
        value={asked.source}
        options={[
          { value: '', label: common('allSources') },
          ...sources.map(({ source_id: value, name: label }) => ({ value, label })),
        ]}
      />
      <Select
        name="code"
        label={say('fault')}
        value={asked.code}
        options={[
          { value: '', label: say('allFaults') },
          ...codes.map((value) => ({ value, label: faultName(frame, value) })),
        ]}
      />
      <Select
        name="state"
        label={say('state')}
        value={asked.state}
        options={[
          { value: '', label: say('allStates') },
          ...(['open', 'mended', 'dismissed'] as const).map((value) => ({
            value,
            label: say(`state_${value}`),
          })),
        ]}
      />
      <button type="submit" class="primary">
        {common('filter')}
      </button>
    </form>
  )
}

function Inputs({ frame, say, inputs }: { frame: DeskFrame; say: RejectedSay; inputs: RejectedSummary[] }) {
  return (
    <DataTable<RejectedSummary>
      caption={say('title')}
      captionHidden
      empty={say('empty')}
      rows={inputs}
      rowKey={({ rejected_id }) => rejected_id}
      columns={[
        {
          label: say('received'),
          heading: true,
          nowrap: true,
          cell: ({ rejected_id, received_at }) => (
            <a href={`/desk/rejected/${rejected_id}`}>{shownInstant(received_at, frame.lang)}</a>
          ),
        },
        { label: say('source'), cell: ({ source }) => source },
        {
          label: say('fault'),
          cell: ({ codes, masked }) => (
            <>
              <ul class="plain-list">
                {codes.map((code) => (
                  <li key={code} title={code}>
                    {faultName(frame, code)}
                  </li>
                ))}
              </ul>
              {masked && <Badge tone="warn">{say('masked')}</Badge>}
            </>
          ),
        },
        { label: say('size'), numeric: true, cell: ({ bytes }) => shownBytes(bytes) },
        { label: say('state'), cell: ({ state }) => <RejectedState say={say} state={state} /> },
      ]}
    />
  )
}
