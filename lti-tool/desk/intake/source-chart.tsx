import { asInstant, type Day, dayOf } from '../../../foundation/time.ts'
import { Card, DataTable } from '../../web/components.tsx'
import type { DeskFrame } from '../frame.tsx'
import type { HourShown, TallyShown } from './answers.ts'
import type { SourcesSay } from './sources-messages.ts'

/** What came on one civil day. */
interface DaySum extends TallyShown {
  day: Day
  requests: number
}

const days = 30
const [barWidth, gap, height] = [18, 2, 120]
const kinds = ['accepted', 'duplicate', 'refused', 'conflict'] as const

/** What came day by day, as bars and, for whoever cannot see bars, as a table. */
export function SourceChart(props: { frame: DeskFrame; say: SourcesSay; hours: HourShown[] }) {
  const { say, hours } = props
  const sums = byDay(hours)
  return (
    <Card title={say('chartTitle')}>
      {sums.length === 0 ? (
        <p class="soft">{say('chartNone')}</p>
      ) : (
        <>
          <Bars say={say} sums={sums} />
          <details>
            <summary>{say('chartTable')}</summary>
            <DataTable<DaySum>
              caption={say('chartTitle')}
              captionHidden
              empty={say('chartNone')}
              rows={[...sums].reverse()}
              rowKey={({ day }) => day}
              columns={[
                { label: say('day'), heading: true, nowrap: true, cell: ({ day }) => day },
                { label: say('requests'), numeric: true, cell: ({ requests }) => requests },
                ...kinds.map((kind) => ({
                  label: say(kind),
                  numeric: true,
                  cell: (sum: DaySum) => sum[kind],
                })),
              ]}
            />
          </details>
        </>
      )}
    </Card>
  )
}

function Bars({ say, sums }: { say: SourcesSay; sums: DaySum[] }) {
  const most = Math.max(1, ...sums.map(totalOf))
  const last = sums.at(-1)?.day ?? ''
  const all = daysUntil(last, days)
  const byDate = new Map(sums.map((sum) => [sum.day as string, sum]))
  return (
    <>
      <svg
        class="chart"
        viewBox={`0 0 ${days * (barWidth + gap)} ${height}`}
        role="img"
        aria-label={say('chartTitle')}
        preserveAspectRatio="none"
      >
        {all.flatMap((day, n) => {
          const sum = byDate.get(day)
          let top = height
          return sum
            ? kinds.map((kind) => {
                const tall = (sum[kind] / most) * (height - 4)
                top -= tall
                return tall === 0 ? null : (
                  <rect
                    key={`${day}${kind}`}
                    class={kind}
                    x={n * (barWidth + gap)}
                    y={top.toFixed(1)}
                    width={barWidth}
                    height={Math.max(1, tall).toFixed(1)}
                  >
                    <title>{`${day} ${say(kind)} ${sum[kind]}`}</title>
                  </rect>
                )
              })
            : []
        })}
      </svg>
      <p class="row between small soft">
        <span>{all[0]}</span>
        <span class="row">
          {kinds.map((kind) => (
            <span key={kind} class={`legend ${kind}`}>
              {say(kind)}
            </span>
          ))}
        </span>
        <span>{last}</span>
      </p>
    </>
  )
}

function totalOf(sum: TallyShown): number {
  return kinds.reduce((all, kind) => all + sum[kind], 0)
}

function byDay(hours: HourShown[]): DaySum[] {
  const found = new Map<Day, DaySum>()
  for (const one of hours) {
    const day = dayOf(asInstant(Date.parse(one.hour) * 1000))
    const sum = found.get(day) ?? { day, requests: 0, accepted: 0, duplicate: 0, refused: 0, conflict: 0 }
    sum.requests += one.requests
    for (const kind of kinds) sum[kind] += one[kind]
    found.set(day, sum)
  }
  return [...found.values()].filter((sum) => totalOf(sum) + sum.requests > 0)
}

/** So many days up to this one, oldest first. */
function daysUntil(last: string, count: number): string[] {
  const end = Date.parse(`${last}T00:00:00Z`)
  return Array.from({ length: count }, (_, n) =>
    new Date(end - (count - 1 - n) * 86_400_000).toISOString().slice(0, 10),
  )
}
