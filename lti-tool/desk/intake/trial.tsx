import { Card, type Column, DataTable, Facts } from '../../web/components.tsx'
import type { DeskFrame } from '../frame.tsx'
import { explained } from '../reasons.ts'
import type { TrialShown } from './answers.ts'
import type { RulesSay } from './rules-messages.ts'
import { Technical } from './said.tsx'
import { TrialEffects } from './trial-effects.tsx'

interface Part {
  frame: DeskFrame
  say: RulesSay
  trial: TrialShown
}

/** What other rules would have decided over what is stored: counts, reasons, hours, requirements, and examples. */
export function Trial({ frame, say, trial }: Part) {
  return (
    <Card title={say('tried', { rules: trial.rules })} id="trial">
      <Facts
        items={[
          [say('statements'), trial.statements],
          [say('changed'), trial.changed],
          [say('newly'), trial.newly_credited],
          [say('lost'), trial.no_longer_credited],
          [say('otherwise'), trial.credited_otherwise],
          [say('fresh'), trial.completions_new],
          [say('vanished'), trial.completions_lost],
          [say('faults'), trial.faults],
        ]}
      />
      {trial.changed === 0 && trial.faults === 0 ? (
        <p>{say('nothingChanges')}</p>
      ) : (
        <div class="stack">
          <Codes frame={frame} say={say} trial={trial} />
          <Hours say={say} title={say('bySchool')} label={say('school')} rows={bySchool(trial, say)} />
          <Hours say={say} title={say('byCategory')} label={say('category')} rows={byCategory(trial, say)} />
          <Hours
            say={say}
            title={say('byYear')}
            label={say('year')}
            rows={trial.by_year.map(({ year, gain, lose }) => ({ name: year, gain, lose }))}
          />
          <TrialEffects frame={frame} say={say} trial={trial} />
          <Samples frame={frame} say={say} trial={trial} />
        </div>
      )}
    </Card>
  )
}

function Codes({ frame, say, trial }: Part) {
  if (trial.codes.length === 0) return null
  return (
    <DataTable<TrialShown['codes'][number]>
      caption={say('codes')}
      empty=""
      rows={trial.codes}
      rowKey={({ code }) => code}
      columns={[
        {
          label: say('code'),
          heading: true,
          cell: ({ code }) => <span title={code}>{explained(frame.say, code).title}</span>,
        },
        { label: say('entering'), numeric: true, cell: ({ entering }) => entering },
        { label: say('leaving'), numeric: true, cell: ({ leaving }) => leaving },
      ]}
    />
  )
}

interface HoursRow {
  name: string
  gain: string
  lose: string
}

function bySchool({ by_school: rows }: TrialShown, say: RulesSay): HoursRow[] {
  return rows.map(({ school, gain, lose }) => ({ name: school ?? say('noSchool'), gain, lose }))
}

function byCategory({ by_category: rows }: TrialShown, say: RulesSay): HoursRow[] {
  return rows.map(({ category, gain, lose }) => ({ name: category || say('noCategory'), gain, lose }))
}

function Hours(props: { say: RulesSay; title: string; label: string; rows: HoursRow[] }) {
  const { say, title, label, rows } = props
  if (rows.length === 0) return null
  return (
    <DataTable<HoursRow>
      caption={title}
      empty=""
      rows={rows}
      rowKey={({ name }) => name}
      columns={[
        { label, heading: true, cell: ({ name }) => name },
        { label: say('gain'), numeric: true, cell: ({ gain }) => gain },
        { label: say('lose'), numeric: true, cell: ({ lose }) => lose },
      ]}
    />
  )
}

const kinds = [
  'newly_credited',
  'no_longer_credited',
  'credited_otherwise',
  'waits_otherwise',
  'fault',
] as const

function Samples({ frame, say, trial }: Part) {
  type Sample = TrialShown['samples'][number]
  const outcome = (code: string | null) =>
    code === null ? say('nothing') : code === 'credited' ? say('credited') : explained(frame.say, code).title
  const columns: Column<Sample>[] = [
    {
      label: say('kind'),
      heading: true,
      cell: ({ kind }) => {
        const known = kinds.find((one) => one === kind)
        return known ? say(`kind_${known}`) : kind
      },
    },
    { label: say('teacher'), cell: ({ teacher_no }) => teacher_no ?? '—' },
    { label: say('offering'), cell: ({ offering }) => offering ?? '—' },
    { label: say('before'), cell: ({ before }) => outcome(before) },
    { label: say('after'), cell: ({ after }) => outcome(after) },
    {
      label: say('statement'),
      cell: ({ statement_id, reason }) => (
        <>
          <code class="breaks small">{statement_id}</code>
          <Technical lang={frame.lang} text={reason} />
        </>
      ),
    },
  ]
  return (
    <DataTable<Sample>
      caption={say('samples')}
      empty=""
      rows={trial.samples}
      rowKey={({ statement_id, kind }) => `${statement_id}${kind}`}
      columns={columns}
    />
  )
}
