import { Card, DataTable, Notice, TextField } from '../../web/components.tsx'
import { type DeskFrame, shownInstant } from '../frame.tsx'
import { explained } from '../reasons.ts'
import type { ReceiptLine } from './answers.ts'
import { faultSaid } from './said.tsx'
import type { SourcesSay } from './sources-messages.ts'

/** What was looked up: the id, and its lines, or why there are none. */
export interface Looked {
  id: string
  lines: ReceiptLine[] | 'bad' | 'none' | 'expired'
}

interface Part {
  frame: DeskFrame
  say: SourcesSay
}

/** What became of a request or of one statement, by its id. */
export function ReceiptLookup({
  frame,
  say,
  sourceId,
  looked,
}: Part & { sourceId: string; looked: Looked | null }) {
  const href = `/desk/sources/${sourceId}`
  const letter = looked && letterOf(looked)
  return (
    <Card title={say('lookup')} id="receipts">
      <p>{say('lookupLead')}</p>
      <form
        method="get"
        action={href}
        class="filters"
        hx-get={href}
        hx-target="#receipts"
        hx-select="#receipts"
        hx-swap="outerHTML show:none"
        hx-push-url="true"
      >
        <TextField
          name="id"
          label={say('lookupField')}
          input={{ required: true, maxLength: 40, value: looked?.id ?? '', autoComplete: 'off' }}
        />
        <button type="submit" class="primary">
          {say('doLookup')}
        </button>
      </form>
      {looked && <Found frame={frame} say={say} lines={looked.lines} />}
      {letter && (
        <p>
          <a href={`/desk/rejected/${letter}`}>{say('toLetter')}</a>
        </p>
      )}
    </Card>
  )
}

/** The receipt under which what was refused stands in the dead letter; null where nothing was. */
function letterOf({ lines }: Looked): string | null {
  if (!Array.isArray(lines)) return null
  return lines.find(({ refused_receipt: receipt }) => receipt !== undefined)?.refused_receipt ?? null
}

function Found({ frame, say, lines }: Part & { lines: Looked['lines'] }) {
  if (lines === 'bad') return <Notice tone="warn">{say('lookupBad')}</Notice>
  if (lines === 'none') return <Notice tone="warn">{say('lookupNone')}</Notice>
  if (lines === 'expired') return <Notice tone="warn">{say('lookupExpired')}</Notice>
  return (
    <DataTable<ReceiptLine>
      caption={say('lookup')}
      captionHidden
      empty={say('lookupNone')}
      rows={lines}
      columns={[
        {
          label: say('statementId'),
          heading: true,
          cell: ({ statement_id, index }) =>
            statement_id ? <code class="breaks">{statement_id}</code> : `#${(index ?? 0) + 1}`,
        },
        { label: say('received'), cell: (line) => <Received frame={frame} say={say} line={line} /> },
        { label: say('became'), cell: (line) => <Became frame={frame} say={say} line={line} /> },
      ]}
    />
  )
}

function Received({ frame, say, line }: Part & { line: ReceiptLine }) {
  const { received, settled, settled_at: at, refused_for: faults = [] } = line
  const known = settlements.find((one) => one === settled)
  return (
    <>
      {receivedText(say, received)}
      {known && (
        <div class="small">
          {say(`settled_${known}`, { when: shownInstant(at ?? null, frame.lang) ?? '—' })}
        </div>
      )}
      {faults.map(({ pointer, code }) => (
        <div class="small soft" key={`${pointer} ${code}`}>
          <code>{pointer || '/'}</code> {faultSaid(frame.lang, { code, detail: code })}
        </div>
      ))}
    </>
  )
}

const settlements = ['mended', 'left_out', 'dismissed'] as const

function Became({ frame, say, line }: Part & { line: ReceiptLine }) {
  const { status, code, pointer, would_claim: would } = line
  return (
    <>
      {statusText(say, status)}
      {code && pointer !== undefined && (
        <div class="small">
          <code>{pointer || '/'}</code> {faultSaid(frame.lang, { code, detail: code })}
        </div>
      )}
      {code && pointer === undefined && <div class="small">{explained(frame.say, code).title}</div>}
      {would && <div class="small soft">{wouldText(frame, say, would)}</div>}
    </>
  )
}

function wouldText(
  frame: DeskFrame,
  say: SourcesSay,
  would: NonNullable<ReceiptLine['would_claim']>,
): string {
  if (would.missing) return say('wouldMiss', { what: explained(frame.say, would.missing.code).title })
  const what = would.offering_title ?? would.offering_code ?? '—'
  return say('wouldClaim', { hours: would.hours ?? '—', what })
}

function receivedText(say: SourcesSay, received: string): string {
  const known = (['accepted', 'duplicate', 'refused', 'conflict'] as const).find((one) => one === received)
  return known ? say(known) : received
}

const statuses = [
  'accepted',
  'duplicate',
  'refused',
  'conflict',
  'ignored',
  'evidence',
  'parked',
  'quarantined',
  'claimed',
  'dismissed',
  'withdrawn',
] as const

function statusText(say: SourcesSay, status: string): string {
  const known = statuses.find((one) => one === status)
  return known ? say(`status_${known}`) : status
}
