import { Gauge } from 'prom-client'
import type { Ground } from '../../foundation/ground.ts'
import { registry } from '../../foundation/http/metrics.ts'
import type { Instant } from '../../foundation/time.ts'
import { alarmKinds } from './alarms.ts'
import { type Condition, conditionsOf } from './condition.ts'
import { lastEnd } from './json.ts'

/** So long one look at the tables answers whoever scrapes, in microseconds. */
const goodFor = 15_000_000

type Labels = Record<string, string>
type Value = [labels: Labels, value: number]

const gauges: {
  name: string
  help: string
  labels: string[]
  values: (one: Condition, now: Instant) => Value[]
}[] = [
  {
    name: 'xueshi_source_statements',
    help: 'Statements pushed so far, by source and what became of them',
    labels: ['outcome'],
    values: ({ accepted, duplicate, refused, conflict }) =>
      Object.entries({ accepted, duplicate, refused, conflict }).map(([outcome, n]) => [{ outcome }, n]),
  },
  {
    name: 'xueshi_source_last_push_seconds',
    help: 'When a source pushed last, in seconds since 1970',
    labels: [],
    values: ({ lastPushAt }) => secondsOf(lastPushAt),
  },
  {
    name: 'xueshi_source_limited_day',
    help: 'Requests answered 429 in the last day, by source',
    labels: [],
    values: ({ lastDay }) => [[{}, lastDay.limited]],
  },
  {
    name: 'xueshi_source_error_rate_day',
    help: 'Share of statements refused or in conflict in the last day, by source',
    labels: [],
    values: ({ errorRate }) => (errorRate === null ? [] : [[{}, errorRate]]),
  },
  {
    name: 'xueshi_source_delivery_lag_seconds',
    help: 'Time from the timestamp of a statement to its storing, over the newest pushes, by source',
    labels: ['quantile'],
    values: ({ delivery: { p50, p95 } }) => [
      ...(p50 === null ? [] : [[{ quantile: '0.5' }, p50] as Value]),
      ...(p95 === null ? [] : [[{ quantile: '0.95' }, p95] as Value]),
    ],
  },
  {
    name: 'xueshi_source_unread_seconds',
    help: 'How long the oldest statement of a source has waited to be read by the rules; 0 where none does',
    labels: [],
    values: ({ unreadSince }, now) => [
      [{}, unreadSince === null ? 0 : Math.max(0, (now - unreadSince) / 1_000_000)],
    ],
  },
  {
    name: 'xueshi_source_clock_ahead_seconds',
    help: 'How far timestamps lie behind their receipt at most, over the newest, by source',
    labels: [],
    values: ({ delivery: { clockAhead } }) => (clockAhead === null ? [] : [[{}, clockAhead]]),
  },
  {
    name: 'xueshi_source_waiting',
    help: 'Completions that wait, by source and code',
    labels: ['code'],
    values: ({ waiting }) => waiting.map(({ code, completions }) => [{ code }, completions]),
  },
  {
    name: 'xueshi_source_waiting_since_seconds',
    help: 'Since when the oldest of them waits, in seconds since 1970',
    labels: ['code'],
    values: ({ waiting }) => waiting.map(({ code, since }) => [{ code }, since / 1_000_000]),
  },
  {
    name: 'xueshi_source_credential_ends_seconds',
    help: 'When the last credential of a source ends, in seconds since 1970; absent where one never does',
    labels: [],
    values: ({ credentials }) => secondsOf(lastEnd(credentials)),
  },
  {
    name: 'xueshi_source_alarm',
    help: 'Whether an alarm stands, by source and kind',
    labels: ['kind'],
    values: ({ alarms }) =>
      alarmKinds.map((kind) => [{ kind }, alarms.some((one) => one.kind === kind) ? 1 : 0]),
  },
]

function secondsOf(at: Instant | null): Value[] {
  return at === null ? [] : [[{}, at / 1_000_000]]
}

/**
 * Shows the condition of sources among the figures of this process, read from the tables when somebody scrapes. A
 * database that is away leaves them out and the rest of the answer whole. Several bridges in one process show the last.
 */
export function showSources({ db, log, now }: Pick<Ground, 'db' | 'log' | 'now'>): void {
  let last: { at: number; look: Promise<Condition[]> } | null = null

  function look(): Promise<Condition[]> {
    if (!last || now() - last.at > goodFor) {
      const found = conditionsOf(db, now()).catch((error: unknown) => {
        log.warn({ err: error }, 'sources not measured')
        return []
      })
      last = { at: now(), look: found }
    }
    return last.look
  }

  for (const { name, help, labels, values } of gauges) {
    registry.removeSingleMetric(name)
    new Gauge({
      name,
      help,
      labelNames: ['source', ...labels],
      registers: [registry],
      async collect() {
        const conditions = await look()
        this.reset()
        for (const one of conditions)
          for (const [more, value] of values(one, now())) this.set({ source: one.name, ...more }, value)
      },
    })
  }
}
