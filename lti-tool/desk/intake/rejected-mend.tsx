import { Card, Choices, CsrfField, Notice, TextField } from '../../web/components.tsx'
import type { DeskFrame } from '../frame.tsx'
import type { DraftShown, MendingShown, RejectedDetail, StatementShown } from './answers.ts'
import { Compared } from './compared.tsx'
import { listOf, textOf } from './intake.tsx'
import { spread } from './json-lines.ts'
import type { RejectedSay } from './rejected-messages.ts'
import { changeSaid, type Mending, mendingSaid } from './rejected-parts.tsx'
import { FaultList } from './said.tsx'

/** How many statements one page lets people edit; mendings take all. */
const mostEdited = 40

interface Part {
  frame: DeskFrame
  say: RejectedSay
}

/** Faulty statements beside their faults, with mendings to choose and texts to edit; a look first, then the replay. */
export function MendForm(
  props: Part & { detail: RejectedDetail; mendings: MendingShown[]; mending: Mending | undefined },
) {
  const { frame, say, detail, mending } = props
  const faulty = detail.statements.filter(({ faults_before }) => faults_before.length > 0)
  const codes = new Set(
    detail.statements.flatMap(({ faults_before }) => faults_before.map(({ code }) => code)),
  )
  const fitting = props.mendings.filter((one) => one.codes.some((code) => codes.has(code)))
  const draft = mending?.draft
  // Statements that were fine may be more than are shown.
  const fine = detail.total - detail.remaining
  return (
    <Card title={say('statements')}>
      <form method="post" action={`/desk/rejected/${detail.rejected_id}`} class="stack">
        <CsrfField token={frame.csrf} />
        {fitting.length > 0 && (
          <Choices
            kind="checkbox"
            name="mending"
            legend={
              <>
                {say('mendings')} <small class="soft wraps">{say('mendingsLead')}</small>
              </>
            }
            chosen={mending ? (mending.plan.mendings ?? []) : []}
            options={fitting.map(({ name, does }) => ({ value: name, label: mendingSaid(say, name, does) }))}
          />
        )}
        {faulty.slice(0, mostEdited).map((one) => (
          <Editing key={one.index} frame={frame} say={say} one={one} mending={mending} />
        ))}
        {faulty.length > mostEdited && <p class="small soft">{say('notAllShown', { n: mostEdited })}</p>}
        {fine > 0 && <p class="small soft">{say('fine', { n: fine })}</p>}
        {draft && mending && <Preview frame={frame} say={say} draft={draft} note={mending.note} />}
        {draft?.ready && (
          <TextField
            name="why"
            label={say('why')}
            input={{ required: true, maxLength: 500, value: textOf(mending?.form.why) }}
          />
        )}
        {mending && <input type="hidden" name="seen" value={mending.digest} />}
        <div class="row">
          <button
            type="submit"
            name="step"
            value="preview"
            formNoValidate
            class={draft?.ready ? '' : 'primary'}
          >
            {say('preview')}
          </button>
          {draft?.ready && (
            <button type="submit" name="step" value="replay" class="primary">
              {say('replay')}
            </button>
          )}
        </div>
      </form>
    </Card>
  )
}

function Editing(props: Part & { one: StatementShown; mending: Mending | undefined }) {
  const { frame, say, one, mending } = props
  const { index, before, faults_before } = one
  const name = `text-${index}`
  const given = mending?.form[name]
  const isOut = listOf(mending?.form.leave_out).includes(String(index))
  const title = say('statementNo', { n: index + 1 })
  return (
    <fieldset class="faulty">
      <legend>{title}</legend>
      <FaultList lang={frame.lang} faults={faults_before} />
      <details open={mending === undefined}>
        <summary>{say('edit')}</summary>
        <textarea
          class="code"
          name={name}
          aria-label={`${title} ${say('edit')}`}
          spellcheck={false}
          autocomplete="off"
        >
          {typeof given === 'string' ? given : spread(before)}
        </textarea>
      </details>
      <label class="choice">
        <input type="checkbox" name="leave_out" value={String(index)} checked={isOut} />
        <span>{say('leaveOut')}</span>
      </label>
    </fieldset>
  )
}

function Preview(props: Part & { draft: DraftShown; note: Mending['note'] }) {
  const { frame, say, draft, note } = props
  const touched = draft.statements.filter(
    ({ changed, left_out, faults_after }) => changed || left_out || faults_after.length > 0,
  )
  return (
    <section class="stack" id="preview" aria-label={say('previewTitle')}>
      <h3>{say('previewTitle')}</h3>
      {note && <Notice tone="warn">{say(note)}</Notice>}
      {draft.ready ? (
        <Notice tone="good" live>
          {say('ready')}
        </Notice>
      ) : (
        <Notice tone="warn" live>
          {say('notReady', { n: draft.remaining })}
        </Notice>
      )}
      {touched.slice(0, mostEdited).map((one) => (
        <Drafted key={one.index} frame={frame} say={say} one={one} />
      ))}
    </section>
  )
}

function Drafted({ frame, say, one }: Part & { one: StatementShown }) {
  const { index, before, after, changed, changes, left_out: isOut, faults_after: faults, stored } = one
  const title = say('statementNo', { n: index + 1 })
  return (
    <div>
      <strong>{title}</strong>{' '}
      {isOut ? (
        <span class="soft">{say('leftOut')}</span>
      ) : faults.length > 0 ? (
        <FaultList lang={frame.lang} faults={faults} />
      ) : (
        <span class="soft">{say('noFaultsLeft')}</span>
      )}
      {stored && <p class="small">{say('stored')}</p>}
      {changes.length > 0 && (
        <p class="small soft">
          {say('changedBy', { what: changes.map((change) => changeSaid(say, change)).join('、') })}
        </p>
      )}
      {changed && <Compared label={title} before={before} after={after} />}
    </div>
  )
}

/** Sets the whole request aside. */
export function DismissForm({ frame, say, id }: Part & { id: string }) {
  return (
    <Card title={say('dismissTitle')}>
      <form method="post" action={`/desk/rejected/${id}/dismiss`} class="stack">
        <CsrfField token={frame.csrf} />
        <p>{say('dismissLead')}</p>
        <div class="field">
          <label for="f-dismiss-why">{say('why')}</label>
          <input id="f-dismiss-why" type="text" name="why" required maxLength={500} />
        </div>
        <div class="row">
          <button type="submit" class="danger">
            {say('dismiss')}
          </button>
        </div>
      </form>
    </Card>
  )
}
