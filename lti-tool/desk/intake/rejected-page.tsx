import { Card, DataTable, Facts, Notice } from '../../web/components.tsx'
import type { BridgeRefused } from '../bridge.ts'
import { type DeskFrame, shownInstant } from '../frame.tsx'
import { mayDo, maySee } from '../who.ts'
import type { MendingShown, RejectedDetail } from './answers.ts'
import { Spread } from './compared.tsx'
import { Told } from './intake.tsx'
import { DismissForm, MendForm } from './rejected-mend.tsx'
import { type RejectedSay, rejectedText } from './rejected-messages.ts'
import { changeSaid, type Mending, RejectedState, shownBytes } from './rejected-parts.tsx'
import { FaultList, Refusal } from './said.tsx'

interface Props {
  frame: DeskFrame
  detail: RejectedDetail
  mendings: MendingShown[]
  told?: string | undefined
  counts?: { accepted: number; duplicate: number }
  refusal?: BridgeRefused
  mending?: Mending
}

/** The page of one refused request. */
export function RejectedPage(props: Props) {
  const { frame, detail, mendings, told, counts, refusal, mending } = props
  const say = rejectedText(frame.lang)
  const mayMend = mayDo(frame.who, 'tend_intake') && detail.state === 'open'
  return (
    <>
      <Told
        told={told}
        tellings={{
          replayed: ['good', say('replayed', counts ?? {})],
          dismissed: ['good', say('dismissed')],
          why: ['warn', say('whyMissing')],
        }}
      />
      {refusal && <Refusal lang={frame.lang} refusal={refusal} />}
      <About frame={frame} say={say} detail={detail} />
      {mayMend && !detail.cut && (
        <MendForm frame={frame} say={say} detail={detail} mendings={mendings} mending={mending} />
      )}
      {mayMend && <DismissForm frame={frame} say={say} id={detail.rejected_id} />}
      {!(mayMend && !detail.cut) && <Statements frame={frame} say={say} detail={detail} />}
      <Replayed frame={frame} say={say} detail={detail} />
    </>
  )
}

interface Part {
  frame: DeskFrame
  say: RejectedSay
  detail: RejectedDetail
}

function About({ frame, say, detail }: Part) {
  const { lang } = frame
  const { state, settled_at: at, settled_by: by, settled_reason: why } = detail
  return (
    <Card>
      <Facts
        items={[
          [say('state'), <RejectedState key="state" say={say} state={state} />],
          [
            say('source'),
            <a key="source" href={`/desk/sources/${detail.source_id}`}>
              {detail.source}
            </a>,
          ],
          [say('received'), shownInstant(detail.received_at, lang)],
          [say('answered'), String(detail.status)],
          [say('size'), shownBytes(detail.bytes)],
          [say('via'), `${detail.method} · ${detail.via} · xAPI ${detail.version}`],
        ]}
      />
      {detail.masked && <Notice tone="warn">{say('masked')}</Notice>}
      {detail.cut && <Notice tone="warn">{say('cut')}</Notice>}
      {at && <p>{say('settled', { when: shownInstant(at, lang) ?? '', who: by ?? '—', why: why ?? '—' })}</p>}
    </Card>
  )
}

/** What was wrong, for who does not mend it; what was sent only for who may see people's records. */
function Statements({ frame, say, detail }: Part) {
  const faulty = detail.statements.filter(({ faults_before }) => faults_before.length > 0)
  const showsText = maySee(frame.who, 'teachers')
  return (
    <Card title={say('errorsThen')}>
      {detail.errors.length > 0 && <FaultList lang={frame.lang} faults={detail.errors} />}
      {!showsText && <p class="small soft">{say('hiddenText')}</p>}
      {showsText &&
        faulty.slice(0, 20).map(({ index, before, faults_before }) => (
          <details key={index}>
            <summary>{say('statementNo', { n: index + 1 })}</summary>
            <FaultList lang={frame.lang} faults={faults_before} />
            <Spread label={say('statementNo', { n: index + 1 })} text={before} />
          </details>
        ))}
    </Card>
  )
}

function Replayed({ frame, say, detail }: Part) {
  if (detail.replayed.length === 0) return null
  return (
    <Card title={say('replayedFrom')}>
      <DataTable<RejectedDetail['replayed'][number]>
        caption={say('replayedFrom')}
        captionHidden
        empty=""
        rows={detail.replayed}
        rowKey={({ statement_id }) => statement_id}
        columns={[
          {
            label: say('statementId'),
            heading: true,
            cell: ({ statement_id }) => (
              <a class="breaks" href={`/desk/sources/${detail.source_id}?id=${statement_id}#receipts`}>
                {statement_id}
              </a>
            ),
          },
          { label: say('operator'), cell: ({ operator }) => operator },
          {
            label: say('mendings'),
            cell: ({ changes }) => changes.map((change) => changeSaid(say, change)).join('、') || '—',
          },
          {
            label: say('when'),
            nowrap: true,
            cell: ({ replayed_at }) => shownInstant(replayed_at, frame.lang),
          },
        ]}
      />
    </Card>
  )
}
