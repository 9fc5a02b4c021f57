import { Card, Choices, CsrfField, Notice, TextField } from '../../web/components.tsx'
import type { DeskFrame } from '../frame.tsx'
import type { MendingShown } from './answers.ts'
import { Compared } from './compared.tsx'
import type { RejectedSay } from './rejected-messages.ts'
import { type BulkOutcome, mendingSaid, type RejectedAsked } from './rejected-parts.tsx'
import { FaultList, refusalSaid } from './said.tsx'

interface Props {
  frame: DeskFrame
  say: RejectedSay
  asked: RejectedAsked
  /** Those that may help with this fault. */
  mendings: MendingShown[]
  fault: string
  bulk: BulkOutcome | undefined
}

/** Mends everything that is open under one fault: a look first, then the replay with a reason. */
export function BulkMending(props: Props) {
  const { frame, say, asked, mendings, fault, bulk } = props
  const isSeen = bulk && !bulk.isApplied
  return (
    <Card title={say('bulk')} id="bulk">
      {mendings.length === 0 ? (
        <p class="soft">{say('bulkNone')}</p>
      ) : (
        <form method="post" action="/desk/rejected/mend" class="stack">
          <CsrfField token={frame.csrf} />
          <input type="hidden" name="code" value={asked.code} />
          <input type="hidden" name="source" value={asked.source} />
          {isSeen && <input type="hidden" name="seen" value={bulk.mendings.join(' ')} />}
          <p>{say('bulkLead', { fault })}</p>
          <Choices
            kind="checkbox"
            name="mending"
            legend={say('mendings')}
            chosen={bulk?.mendings ?? mendings.map(({ name }) => name)}
            options={mendings.map(({ name, does }) => ({ value: name, label: mendingSaid(say, name, does) }))}
          />
          {isSeen && bulk.ready > 0 && (
            <TextField
              name="why"
              label={say('why')}
              input={{ maxLength: 500, required: true, value: bulk.reason }}
            />
          )}
          <div class="row">
            <button type="submit" name="step" value="preview" formNoValidate>
              {say('bulkPreview')}
            </button>
            {isSeen && bulk.ready > 0 && (
              <button type="submit" name="step" value="replay" class="primary">
                {say('bulkApply', { n: bulk.ready })}
              </button>
            )}
          </div>
        </form>
      )}
      {bulk && <Outcome frame={frame} say={say} bulk={bulk} />}
    </Card>
  )
}

function Outcome({ frame, say, bulk }: { frame: DeskFrame; say: RejectedSay; bulk: BulkOutcome }) {
  const { isApplied, inputs, ready, accepted, duplicate, refused, samples, capped } = bulk
  return (
    <div class="stack" id="outcome">
      <Notice tone={isApplied ? 'good' : 'info'} live>
        {isApplied
          ? say('bulkDone', { accepted, duplicate, left: refused.length })
          : say('bulkSeen', { inputs, ready })}
        {capped && ` ${say('bulkCapped', { n: inputs })}`}
      </Notice>
      {!isApplied && samples.length > 0 && (
        <details open>
          <summary>{say('samples')}</summary>
          {samples.map(({ rejected_id, index, before, after }) => (
            <Compared
              key={`${rejected_id}/${index}`}
              label={say('statementNo', { n: index + 1 })}
              before={before}
              after={after}
            />
          ))}
        </details>
      )}
      {refused.length > 0 && (
        <details>
          <summary>{say('bulkLeft')}</summary>
          <ul>
            {refused.slice(0, 50).map(({ rejected_id, code, errors }) => (
              <li key={rejected_id}>
                <a class="breaks" href={`/desk/rejected/${rejected_id}`}>
                  {rejected_id}
                </a>
                {code && ` ${refusalSaid(frame.lang, code) ?? code}`}
                <FaultList lang={frame.lang} faults={errors} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  )
}
