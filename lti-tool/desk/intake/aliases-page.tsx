import { Card, CsrfField, DataTable, Select, TextField } from '../../web/components.tsx'
import type { BridgeRefused, WaitingShown } from '../bridge.ts'
import { type DeskFrame, shownInstant } from '../frame.tsx'
import { mayDo } from '../who.ts'
import { type AliasesSay, aliasesText } from './aliases-messages.ts'
import type { AliasShown, SourceShown } from './answers.ts'
import { listOf, Told, textOf } from './intake.tsx'
import { intakeText } from './messages.ts'
import { Refusal } from './said.tsx'

/** An activity of a source that nobody mapped, and how many completions wait for it. */
export interface Unmapped {
  key: string
  sourceId: string
  source: string
  activity: string
  waiting: number
  suggestions: WaitingShown['suggestions']
}

interface Props {
  frame: DeskFrame
  sources: SourceShown[]
  source: SourceShown | null
  unmapped: Unmapped[]
  capped: number | null
  /** Null while no source is chosen. */
  aliases: AliasShown[] | null
  told?: string
  n?: number
  refusal?: BridgeRefused
  given?: Record<string, unknown>
}

/** Activities to be mapped, in bulk or as suggested, and the aliases of a source. */
export function AliasesPage(props: Props) {
  const { frame, sources, source, told, n = 0, refusal, capped } = props
  const say = aliasesText(frame.lang)
  const common = intakeText(frame.lang)
  return (
    <>
      <Told
        told={told}
        tellings={{
          mapped: ['good', say('mapped', { n })],
          already: ['info', say('already')],
          nothing: ['warn', say('nothing')],
          oneSource: ['warn', say('oneSource')],
          removed: ['good', say('removed')],
        }}
      />
      {refusal && <Refusal lang={frame.lang} refusal={refusal} />}
      <p>{say('lead')}</p>
      <form method="get" action="/desk/aliases" class="filters">
        <Select
          name="source"
          label={say('source')}
          value={source?.source_id ?? ''}
          options={[
            { value: '', label: common('allSources') },
            ...sources.map(({ source_id: value, name: label }) => ({ value, label })),
          ]}
        />
        <button type="submit" class="primary">
          {common('filter')}
        </button>
      </form>
      <h2>{say('unknownTitle')}</h2>
      {capped !== null && <p class="small soft">{say('capped', { n: capped })}</p>}
      <UnmappedList {...props} say={say} />
      <h2>{say('list')}</h2>
      <Aliases {...props} say={say} />
    </>
  )
}

function UnmappedList({ frame, say, source, unmapped, given }: Props & { say: AliasesSay }) {
  const mayTend = mayDo(frame.who, 'tend_intake')
  const ticked = listOf(given?.activity)
  return (
    <>
      <DataTable<Unmapped>
        caption={say('unknownTitle')}
        captionHidden
        empty={say('noUnknown')}
        rows={unmapped}
        rowKey={({ key }) => key}
        columns={[
          ...(mayTend
            ? [
                {
                  label: say('choose'),
                  cell: ({ key, activity }: Unmapped) => (
                    <input
                      type="checkbox"
                      name="activity"
                      value={key}
                      form="map"
                      checked={ticked.includes(key)}
                      aria-label={say('chooseOf', { activity })}
                    />
                  ),
                },
              ]
            : []),
          {
            label: say('activity'),
            heading: true,
            cell: ({ activity }) => <span class="breaks">{activity}</span>,
          },
          { label: say('source'), cell: (one) => one.source },
          { label: say('waiting'), numeric: true, cell: ({ waiting }) => waiting },
          {
            label: say('suggestions'),
            cell: (one) => <Suggested frame={frame} say={say} one={one} shown={source?.source_id ?? ''} />,
          },
        ]}
      />
      {mayTend && unmapped.length > 0 && (
        <Card title={say('mapTitle')}>
          <form id="map" method="post" action="/desk/aliases" class="stack">
            <CsrfField token={frame.csrf} />
            <input type="hidden" name="shown" value={source?.source_id ?? ''} />
            <div class="grid">
              <TextField
                name="offering"
                label={say('offering')}
                input={{ required: true, maxLength: 100, value: textOf(given?.offering) }}
              />
              <TextField
                name="why"
                label={say('why')}
                input={{ required: true, maxLength: 500, value: textOf(given?.why) }}
              />
            </div>
            <div class="row">
              <button type="submit" class="primary">
                {say('map')}
              </button>
            </div>
          </form>
        </Card>
      )}
    </>
  )
}

function Suggested(props: { frame: DeskFrame; say: AliasesSay; one: Unmapped; shown: string }) {
  const { frame, say, one, shown } = props
  if (one.suggestions.length === 0) return <span class="soft">{say('noSuggestions')}</span>
  return (
    <ul class="plain-list">
      {one.suggestions.map(({ offering, title, reason, like }) => (
        <li key={offering}>
          {`${title}（${offering}）`}
          <div class="small soft breaks">
            {likeSaid(say, reason)}
            {like && ` · ${like}`}
          </div>
          {mayDo(frame.who, 'tend_intake') && (
            <form method="post" action="/desk/aliases">
              <CsrfField token={frame.csrf} />
              <input type="hidden" name="shown" value={shown} />
              <input type="hidden" name="activity" value={one.key} />
              <input type="hidden" name="offering" value={offering} />
              <input type="hidden" name="why" value={say('adoptReason', { why: likeSaid(say, reason) })} />
              <button type="submit" aria-label={say('adoptOf', { activity: one.activity, offering })}>
                {say('adopt')}
              </button>
            </form>
          )}
        </li>
      ))}
    </ul>
  )
}

const likenesses = ['other-spelling', 'other-host', 'other-query', 'other-language', 'same-name'] as const

function likeSaid(say: AliasesSay, reason: string): string {
  const known = likenesses.find((one) => one === reason)
  return known ? say(`like_${known.replace('-', '_')}` as Parameters<AliasesSay>[0]) : reason
}

function Aliases({ frame, say, source, aliases }: Props & { say: AliasesSay }) {
  const { lang, csrf } = frame
  if (!source || !aliases) return <p class="soft">{say('chooseFirst')}</p>
  return (
    <DataTable<AliasShown>
      caption={say('list')}
      captionHidden
      empty={say('noAliases')}
      rows={aliases}
      rowKey={({ activity }) => activity}
      columns={[
        {
          label: say('activity'),
          heading: true,
          cell: ({ activity }) => <span class="breaks">{activity}</span>,
        },
        { label: say('offering'), cell: ({ offering }) => offering },
        {
          label: say('madeBy'),
          cell: ({ made_by, recorded_at, reason }) => (
            <>
              {made_by}
              <div class="small soft">{shownInstant(recorded_at, lang)}</div>
              <div class="small">{reason}</div>
            </>
          ),
        },
        ...(mayDo(frame.who, 'tend_intake')
          ? [
              {
                label: say('remove'),
                cell: ({ activity }: AliasShown) => (
                  <details>
                    <summary aria-label={say('removeOf', { activity })}>{say('remove')}</summary>
                    <form method="post" action="/desk/aliases/remove" class="stack">
                      <CsrfField token={csrf} />
                      <input type="hidden" name="source" value={source.source_id} />
                      <input type="hidden" name="activity" value={activity} />
                      <label>
                        {say('why')} <input type="text" name="why" required maxLength={500} />
                      </label>
                      <button type="submit" class="danger">
                        {say('remove')}
                      </button>
                    </form>
                  </details>
                ),
              },
            ]
          : []),
      ]}
    />
  )
}
