import type { ComponentChildren } from 'preact'
import { instantOf } from '../../foundation/time.ts'
import type { PartHours, TranscriptJson, TranscriptRequirement } from '../../ledger/transcript/transcript.ts'
import { whyText } from '../coursework/chain.ts'
import { timeText } from '../coursework/frame.tsx'
import { courseText } from '../coursework/messages.ts'
import { Badge, Card, DataTable, Facts, Pager, Progress, Segments, type Tone } from '../web/components.tsx'
import { type Lang, type Say, webText } from '../web/messages.ts'
import { transcriptText } from './messages.ts'
import {
  type ClaimRow,
  type RowState,
  type TranscriptView,
  targetOf,
  type WindowName,
  windowNames,
} from './rows.ts'

type SayHours = Say<Parameters<ReturnType<typeof transcriptText>>[0]>

/** What a transcript is drawn with: in a launch, and for people who signed in without one. */
export interface TranscriptProps extends TranscriptView {
  lang: Lang
  zone: string
  window: WindowName
  /** Address of the same page over another window. */
  windowHref: (window: WindowName) => string
  /** Which part of a long table is shown, 1 being the newest, and where the others are; without it all rows stand on one page. */
  part?: { page: number; href: (page: number) => string }
}

interface NumberProps {
  transcript: TranscriptJson
  window: WindowName
  zone: string
  say: SayHours
}

/** 我的学时: the number, the requirements, and every record behind it. */
export function Transcript(props: TranscriptProps) {
  const { transcript, lang, zone } = props
  const say = transcriptText(lang)
  return (
    <div class="stack">
      <Segments
        label={say('windows')}
        target="#transcript"
        items={windowNames.map((name) => ({
          href: props.windowHref(name),
          label: say(`window_${name}`),
          current: name === props.window,
        }))}
      />
      <TheNumber transcript={transcript} window={props.window} zone={zone} say={say} />
      <Requirements transcript={transcript} say={say} />
      <Entries {...props} say={say} />
      <div class="grid">
        <Parts
          title={say('byCategory')}
          label={say('category')}
          parts={transcript.by_category}
          nameOf={(name) => name}
          say={say}
        />
        <Parts
          title={say('byLevel')}
          label={say('level')}
          parts={transcript.by_level}
          nameOf={(name) => levelText(name, say)}
          say={say}
        />
      </div>
    </div>
  )
}

function TheNumber({ transcript, window, zone, say }: NumberProps) {
  const { counted, unit } = transcript
  const target = targetOf(transcript)
  return (
    <Card>
      <div class="stack">
        <div>
          <div class="soft">{say('counted')}</div>
          <div class="figure">
            {counted}{' '}
            <small>{target ? say('ofNeed', { need: target.need, unit }) : say('noTarget', { unit })}</small>
          </div>
        </div>
        {target && (
          <Progress
            label={say(`window_${window}`)}
            value={Number(counted)}
            max={Number(target.need)}
            text={target.gap === '0' ? say('reached') : `${say('remaining')} ${target.gap} ${unit}`}
          />
        )}
        <Facts
          items={[
            [
              say('pending'),
              <Amount key="p" hours={transcript.pending} unit={unit} hint={say('pendingHint')} />,
            ],
            [
              say('excess'),
              <Amount key="e" hours={transcript.excess} unit={unit} hint={say('excessHint')} />,
            ],
            [say('claimed'), <Amount key="c" hours={transcript.claimed} unit={unit} />],
          ]}
        />
        <p class="small soft">
          <Days window={transcript.window} say={say} />
          {transcript.window.from === null && say('windowUnknown')}
          {' · '}
          {/* Before its first posting an account has no moment, only today. */}
          {say('asOf', {
            at: timeText(instantOf(transcript.as_of), zone).slice(0, transcript.seq === 0 ? 10 : 16),
          })}
        </p>
      </div>
    </Card>
  )
}

function Amount({ hours, unit, hint }: { hours: string; unit: string; hint?: string }) {
  return (
    <>
      <span class="number">{`${hours} ${unit}`}</span>
      {hint && hours !== '0' && <div class="small soft">{hint}</div>}
    </>
  )
}

/** First and last day, each in one piece on a narrow screen. */
function Days({ window, say }: { window: { from: string | null; to: string | null } | null; say: SayHours }) {
  if (!window?.from || !window.to) return null
  return (
    <>
      <span class="number">{window.from}</span> {say('until')} <span class="number">{window.to}</span>
    </>
  )
}

function Requirements({ transcript, say }: { transcript: TranscriptJson; say: SayHours }) {
  return (
    <DataTable
      id="requirements"
      caption={say('requirements')}
      empty={say('noRequirements')}
      rows={transcript.requirements}
      rowKey={({ id }) => id}
      columns={[
        {
          label: say('requirement'),
          heading: true,
          cell: ({ id, quote }) => (quote ? say('quote', { text: quote }) : id),
        },
        { label: say('days'), cell: ({ window }) => (window ? <Days window={window} say={say} /> : '—') },
        { label: say('have'), numeric: true, cell: ({ have, unit }) => measure(have, unit, say) },
        { label: say('need'), numeric: true, cell: ({ need, unit }) => measure(need, unit, say) },
        { label: say('result'), cell: (requirement) => <Outcome requirement={requirement} say={say} /> },
      ]}
    />
  )
}

function measure(amount: string | null, unit: string | null, say: SayHours): string {
  if (amount === null) return '—'
  const known = unit === 'hour' || unit === 'credit' || unit === 'day'
  return `${amount} ${known ? say(`unit_${unit}`) : (unit ?? '')}`.trim()
}

/** 未规定 is neither a pass nor a fault: it has no colour. */
function Outcome({ requirement, say }: { requirement: TranscriptRequirement; say: SayHours }) {
  const { result, gap, unit, reason, path } = requirement
  if (result === 'met') return <Badge tone="good">{say('met')}</Badge>
  if (result === 'not_met')
    return <Badge tone="warn">{say('not_met', { gap: measure(gap, unit, say) })}</Badge>
  if (reason !== 'fact_missing') return <Badge>{say('not_stated')}</Badge>
  return (
    <>
      <Badge>{say('fact_missing')}</Badge>
      {path && <div class="small soft">{say('factMissing', { path: factText(path, say) })}</div>}
    </>
  )
}

const FACTS = ['registered_on', 'entered_on', 'tier', 'title', 'stage', 'subject', 'post', 'status'] as const

function factText(path: string, say: SayHours): string {
  const known = FACTS.find((name) => path === name || path.endsWith(`.${name}`))
  return known ? say(`fact_${known}`) : path
}

const STATE_TONE: Record<RowState, Tone> = {
  counted: 'good',
  partly: 'good',
  excess: 'plain',
  pending: 'info',
  held: 'warn',
  awaiting_check: 'info',
  school_checked: 'info',
  rejected: 'warn',
  withdrawn: 'plain',
  reversed: 'plain',
  none: 'plain',
}

/** Rows on one page: a career holds hundreds. */
const PAGE = 50

function Entries(props: TranscriptProps & { say: SayHours }) {
  const { rows, part, say } = props
  if (!part) return <EntryTable {...props} />
  const pages = Math.max(1, Math.ceil(rows.length / PAGE))
  const page = Math.min(part.page, pages)
  const sayWeb = webText(props.lang)
  return (
    <div>
      <EntryTable {...props} rows={rows.slice((page - 1) * PAGE, page * PAGE)} />
      <Pager
        label={say('entries')}
        page={page}
        pages={pages}
        href={part.href}
        texts={{
          previous: sayWeb('previous'),
          next: sayWeb('next'),
          position: sayWeb('pageOf', { page, pages }),
        }}
      />
    </div>
  )
}

function EntryTable({ transcript, rows, lang, zone, say }: TranscriptProps & { say: SayHours }) {
  const sayCourse = courseText(lang)
  return (
    <DataTable
      id="entries"
      caption={say('entries')}
      empty={say('noEntries')}
      rows={rows}
      rowKey={({ claimId }) => claimId}
      columns={[
        { label: say('date'), nowrap: true, cell: ({ date }) => date },
        {
          label: say('project'),
          heading: true,
          cell: (row) => (
            <>
              {row.title ?? say('unknownOffering')}
              {row.projectNo && <div class="small soft">{row.projectNo}</div>}
              <Evidence
                row={row}
                transcript={transcript}
                zone={zone}
                say={say}
                why={(code) => whyText(code, sayCourse)}
              />
            </>
          ),
        },
        { label: say('level'), cell: ({ level }) => (level ? levelText(level, say) : '—') },
        { label: say('category'), cell: ({ category }) => category ?? '—' },
        { label: say('form'), cell: ({ form }) => form ?? '—' },
        { label: say('claimed'), numeric: true, cell: ({ claimed }) => claimed ?? '—' },
        { label: say('recognised'), numeric: true, cell: ({ recognised }) => recognised },
        { label: say('countedColumn'), numeric: true, cell: ({ counted }) => counted },
        {
          label: say('state'),
          cell: ({ state, pending, reason }) => (
            <>
              <Badge tone={STATE_TONE[state]}>{say(`state_${state}`)}</Badge>
              {pending !== '0' && <div class="small soft">{`${say('pending')} ${pending}`}</div>}
              {reason && <div class="small soft">{whyText(reason, sayCourse)}</div>}
            </>
          ),
        },
        { label: say('source'), cell: ({ source }) => source },
      ]}
    />
  )
}

/** What stands behind a row: the source's record, the policy, and each posting with its reason. */
function Evidence(props: {
  row: ClaimRow
  transcript: TranscriptJson
  zone: string
  say: SayHours
  why: (code: ClaimRow['reason']) => string
}): ComponentChildren {
  const { row, transcript, say } = props
  const [, statement] = /^statement:(.+)$/.exec(row.rawRef) ?? []
  return (
    <details>
      <summary class="small">{say('evidence')}</summary>
      <Facts
        lines
        items={[
          [say(statement ? 'statement' : 'record'), <code key="r">{statement ?? row.rawRef}</code>],
          [say('kinds'), row.evidence.join('、')],
          [
            say('policy'),
            say('policyValue', { id: transcript.policy_id ?? '—', version: transcript.policy_version }),
          ],
        ]}
      />
      {row.legs.length > 0 && (
        <>
          <div class="small soft">{say('postings')}</div>
          <ol class="small">
            {row.legs.map((leg, index) => (
              <li key={index}>
                {`${say('posting')} ${leg.seq} · ${timeText(instantOf(leg.recorded_at), props.zone)} · `}
                {`${bucketText(leg.bucket, say)} ${leg.hours} · ${props.why(leg.why as ClaimRow['reason'])}`}
              </li>
            ))}
          </ol>
        </>
      )}
    </details>
  )
}

function bucketText(bucket: string, say: SayHours): string {
  return bucket === 'counted' || bucket === 'excess' || bucket === 'pending' || bucket === 'voided'
    ? say(`bucket_${bucket}`)
    : bucket
}

const LEVELS = ['national', 'province', 'city', 'district', 'cluster', 'school'] as const

function levelText(level: string, say: SayHours): string {
  const known = LEVELS.find((name) => name === level)
  return known ? say(`level_${known}`) : '—'
}

function Parts(props: {
  title: string
  label: string
  parts: Record<string, PartHours>
  nameOf: (name: string) => string
  say: SayHours
}) {
  const { say } = props
  const rows = Object.entries(props.parts)
  if (rows.length === 0) return null
  return (
    <DataTable
      caption={props.title}
      empty={say('noEntries')}
      narrow="scroll"
      rows={rows}
      rowKey={([name]) => name}
      columns={[
        { label: props.label, heading: true, cell: ([name]) => props.nameOf(name) },
        { label: say('countedColumn'), numeric: true, cell: ([, hours]) => hours.counted },
        { label: say('excess'), numeric: true, cell: ([, hours]) => hours.excess },
        { label: say('pending'), numeric: true, cell: ([, hours]) => hours.pending },
      ]}
    />
  )
}
