import { Badge, DataTable, Facts, Notice } from '../../web/components.tsx'
import type { DeskFrame } from '../frame.tsx'
import { maySee } from '../who.ts'
import type { TrialShown } from './answers.ts'
import type { RulesSay } from './rules-messages.ts'

interface Part {
  frame: DeskFrame
  say: RulesSay
  trial: TrialShown
}

/** What applying the rules now would mean in the book: requirements met or missed, and what closed years keep. */
export function TrialEffects({ frame, say, trial }: Part) {
  const { requirements, closed_periods: closed } = trial
  if (requirements.length === 0 && closed.length === 0) return <p>{say('noEffect')}</p>
  return (
    <>
      <Facts
        items={[
          [say('teachersLosing'), trial.teachers_no_longer_met],
          [say('teachersGaining'), trial.teachers_newly_met],
        ]}
      />
      {requirements.length > 0 && <Requirements say={say} rows={requirements} />}
      {trial.teachers.length > 0 && <Teachers frame={frame} say={say} trial={trial} />}
      {closed.length > 0 && <ClosedPeriods say={say} rows={closed} />}
    </>
  )
}

type Requirement = TrialShown['requirements'][number]

function Requirements({ say, rows }: { say: RulesSay; rows: Requirement[] }) {
  return (
    <DataTable<Requirement>
      caption={say('requirements')}
      empty=""
      rows={rows}
      rowKey={({ requirement, from }) => `${requirement} ${from}`}
      columns={[
        {
          label: say('requirement'),
          heading: true,
          cell: ({ requirement, quote }) => <span title={requirement}>{quote ?? requirement}</span>,
        },
        { label: say('window'), nowrap: true, cell: windowOf },
        { label: say('losing'), numeric: true, cell: ({ no_longer_met }) => no_longer_met },
        { label: say('gaining'), numeric: true, cell: ({ newly_met }) => newly_met },
      ]}
    />
  )
}

type Teacher = TrialShown['teachers'][number]

function Teachers({ frame, say, trial }: Part) {
  const quotes = new Map(trial.requirements.map(({ requirement, quote }) => [requirement, quote]))
  const units = { hour: say('unit_hour'), credit: say('unit_credit'), day: say('unit_day') }
  const unitOf = (unit: string | null) =>
    unit !== null && Object.hasOwn(units, unit) ? units[unit as keyof typeof units] : (unit ?? '')
  const stand = ({ result, have }: Teacher['before']) =>
    result === 'not_evaluated' ? `${have ?? '—'}（${say('notEvaluated')}）` : (have ?? '—')
  return (
    <DataTable<Teacher>
      caption={say('teachersTouched')}
      empty=""
      rows={trial.teachers}
      columns={[
        {
          label: say('teacher'),
          heading: true,
          cell: (teacher) => <TeacherNamed frame={frame} say={say} teacher={teacher} />,
        },
        {
          label: say('kind'),
          cell: ({ change }) => (
            <Badge tone={change === 'newly_met' ? 'good' : 'warn'}>
              {say(change === 'newly_met' ? 'gaining' : 'losing')}
            </Badge>
          ),
        },
        {
          label: say('requirement'),
          cell: ({ requirement, from, to }) => (
            <>
              {quotes.get(requirement) ?? requirement}
              <div class="small soft">{windowOf({ from, to })}</div>
            </>
          ),
        },
        { label: say('before'), numeric: true, cell: ({ before }) => stand(before) },
        { label: say('after'), numeric: true, cell: ({ after }) => stand(after) },
        { label: say('need'), numeric: true, cell: ({ need, unit }) => `${need ?? '—'} ${unitOf(unit)}` },
      ]}
    />
  )
}

function TeacherNamed({ frame, say, teacher }: { frame: DeskFrame; say: RulesSay; teacher: Teacher }) {
  const { teacher_no: number, name, school } = teacher
  if (number === null) return <>{say('notShown')}</>
  return (
    <>
      {maySee(frame.who, 'teachers') ? (
        <a href={`/desk/teachers/${encodeURIComponent(number)}`}>{name ?? number}</a>
      ) : (
        (name ?? number)
      )}
      <div class="small soft">{`${number} · ${school ?? say('noSchool')}`}</div>
    </>
  )
}

type ClosedPeriod = TrialShown['closed_periods'][number]

function ClosedPeriods({ say, rows }: { say: RulesSay; rows: ClosedPeriod[] }) {
  const claims = (count: number, hours: string) =>
    count === 0 ? '—' : say('claimsAndHours', { n: count, hours })
  return (
    <>
      <Notice tone="warn">{say('closedHint')}</Notice>
      <DataTable<ClosedPeriod>
        caption={say('closedPeriods')}
        empty=""
        rows={rows}
        rowKey={({ period }) => period}
        columns={[
          { label: say('year'), heading: true, cell: ({ period }) => period },
          {
            label: say('late'),
            numeric: true,
            cell: ({ late_claims, late_hours }) => claims(late_claims, late_hours),
          },
          {
            label: say('kept'),
            numeric: true,
            cell: ({ kept_claims, kept_hours }) => claims(kept_claims, kept_hours),
          },
        ]}
      />
    </>
  )
}

function windowOf({ from, to }: { from: string | null; to: string | null }): string {
  return from === null || to === null ? '—' : `${from} – ${to}`
}
