import { isoOf } from '../../../foundation/time.ts'
import { lineItemRules } from '../../scores/lane.ts'
import type { ListedLineItem, ListedScore, PlatformScores } from '../../scores/list.ts'
import { Badge, Card, CsrfField, DataTable } from '../../web/components.tsx'
import { type DeskFrame, shownInstant } from '../frame.tsx'
import { codeSaid } from './code-messages.ts'
import type { ScoresSay } from './scores-messages.ts'

interface Common {
  frame: DeskFrame
  say: ScoresSay
  mayTend: boolean
}

/** How the scores of each platform do, with what may be set there. */
export function Platforms({ frame, say, mayTend, platforms }: Common & { platforms: PlatformScores[] }) {
  const { lang } = frame
  return (
    <Card title={say('platforms')}>
      <DataTable<PlatformScores>
        caption={say('platforms')}
        captionHidden
        empty={say('noPlatforms')}
        rows={platforms}
        rowKey={({ registrationId }) => registrationId}
        columns={[
          {
            label: say('platform'),
            heading: true,
            cell: ({ name, iss }) => (
              <>
                {name}
                <div class="small soft breaks">{iss}</div>
              </>
            ),
          },
          {
            label: say('state'),
            cell: (platform) => <State frame={frame} say={say} mayTend={mayTend} platform={platform} />,
          },
          { label: say('waiting'), numeric: true, cell: ({ waiting }) => waiting },
          { label: say('sent'), numeric: true, cell: ({ sent }) => sent },
          { label: say('rejected'), numeric: true, cell: ({ rejected }) => rejected },
          {
            label: say('lastSent'),
            nowrap: true,
            cell: ({ lastSentAt }) => (lastSentAt === null ? '—' : shownInstant(isoOf(lastSentAt), lang)),
          },
          {
            label: say('lineItems'),
            cell: (platform) =>
              mayTend ? (
                <form method="post" action="/desk/scores/line-items" class="row">
                  <CsrfField token={frame.csrf} />
                  <input type="hidden" name="platform" value={platform.registrationId} />
                  <select name="rule" aria-label={say('lineItems')}>
                    {lineItemRules.map((rule) => (
                      <option key={rule} value={rule} selected={rule === platform.lineItems}>
                        {say(`rule_${rule}`)}
                      </option>
                    ))}
                  </select>
                  <button type="submit">{say('change')}</button>
                </form>
              ) : (
                say(`rule_${platform.lineItems}`)
              ),
          },
        ]}
      />
    </Card>
  )
}

function State({ frame, say, mayTend, platform }: Common & { platform: PlatformScores }) {
  const { active, pausedCode, alarmCode, registrationId } = platform
  if (!active) return <Badge>{say('inactive')}</Badge>
  if (pausedCode !== null)
    return (
      <>
        <Badge tone="bad">{say('paused', { why: codeSaid(pausedCode, frame.lang) })}</Badge>
        {mayTend && (
          <form method="post" action="/desk/scores/resume">
            <CsrfField token={frame.csrf} />
            <input type="hidden" name="platform" value={registrationId} />
            <button type="submit">{say('resume')}</button>
          </form>
        )}
      </>
    )
  return alarmCode === null ? (
    <Badge tone="good">{say('flowing')}</Badge>
  ) : (
    <Badge tone="warn">{say('alarm', { why: codeSaid(alarmCode, frame.lang) })}</Badge>
  )
}

/** Line items that a person has to settle; nothing where there are none. */
export function Sought({ frame, say, mayTend, items }: Common & { items: ListedLineItem[] }) {
  if (items.length === 0) return null
  return (
    <Card title={say('sought')}>
      <p>{say('soughtLead')}</p>
      <DataTable<ListedLineItem>
        caption={say('sought')}
        captionHidden
        empty=""
        rows={items}
        rowKey={({ id }) => id}
        columns={[
          {
            label: say('offering'),
            heading: true,
            cell: ({ offeringTitle, offeringCode }) => offeringTitle ?? offeringCode ?? '—',
          },
          {
            label: say('link'),
            cell: ({ iss, resourceLinkId }) => (
              <>
                {resourceLinkId}
                <div class="small soft breaks">{iss}</div>
              </>
            ),
          },
          {
            label: say('state'),
            cell: ({ state, code }) => (
              <>
                {state === 'found' ? '—' : say(`seek_${state}`)}
                {code !== null && <div class="small soft">{codeSaid(code, frame.lang)}</div>}
              </>
            ),
          },
          {
            label: say('candidate'),
            cell: ({ id, state, candidates }) =>
              mayTend && state === 'choose' ? (
                <form method="post" action="/desk/scores/choose" class="row">
                  <CsrfField token={frame.csrf} />
                  <input type="hidden" name="sought" value={id} />
                  <select name="line_item" aria-label={say('candidate')}>
                    {candidates.map((candidate) => (
                      <option key={candidate.id} value={candidate.id}>
                        {candidate.label || candidate.id}
                      </option>
                    ))}
                  </select>
                  <button type="submit">{say('choose')}</button>
                </form>
              ) : (
                candidates.map(({ label }) => label).join('、') || '—'
              ),
          },
        ]}
      />
    </Card>
  )
}

/** Scores that a platform did not take, each with its reason and a way to send it again. */
export function Rejected({
  frame,
  say,
  mayTend,
  scores,
  total,
}: Common & { scores: ListedScore[]; total: number }) {
  const { lang, csrf } = frame
  return (
    <Card
      title={say('list')}
      actions={
        mayTend && total > 0 ? (
          <form method="post" action="/desk/scores/retry">
            <CsrfField token={csrf} />
            <button type="submit">{say('retryAll')}</button>
          </form>
        ) : null
      }
    >
      <DataTable<ListedScore>
        caption={say('list')}
        captionHidden
        empty={say('none')}
        rows={scores}
        rowKey={({ id }) => id}
        columns={[
          {
            label: say('teacher'),
            heading: true,
            nowrap: true,
            cell: ({ teacherNo }) =>
              teacherNo === null ? (
                say('unknownTeacher')
              ) : (
                <a href={`/desk/teachers/${encodeURIComponent(teacherNo)}`}>{teacherNo}</a>
              ),
          },
          {
            label: say('offering'),
            cell: ({ offeringTitle, offeringCode }) => offeringTitle ?? offeringCode ?? '—',
          },
          { label: say('platform'), cell: ({ iss }) => <span class="breaks">{iss}</span> },
          {
            label: say('score'),
            numeric: true,
            cell: ({ givenMilli, maximumMilli }) => `${givenMilli / 1000} / ${maximumMilli / 1000}`,
          },
          {
            label: say('reason'),
            cell: ({ code, status }) => (
              <>
                {code === null ? '—' : <span title={code}>{codeSaid(code, lang)}</span>}
                {status !== null && <span class="small soft">{` HTTP ${status}`}</span>}
              </>
            ),
          },
          { label: say('attempts'), numeric: true, cell: ({ attempts }) => attempts },
          {
            label: say('when'),
            nowrap: true,
            cell: ({ finishedAt }) => (finishedAt === null ? '—' : shownInstant(isoOf(finishedAt), lang)),
          },
          {
            label: say('retry'),
            cell: ({ id }) =>
              mayTend ? (
                <form method="post" action="/desk/scores/retry">
                  <CsrfField token={csrf} />
                  <input type="hidden" name="score" value={id} />
                  <button type="submit">{say('retry')}</button>
                </form>
              ) : (
                '—'
              ),
          },
        ]}
      />
    </Card>
  )
}
