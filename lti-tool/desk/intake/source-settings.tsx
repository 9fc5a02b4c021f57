import { Card, CsrfField, Facts, Select, TextArea, TextField } from '../../web/components.tsx'
import type { DeskFrame } from '../frame.tsx'
import type { SourceDetail } from './answers.ts'
import { linesOf, textOf } from './intake.tsx'
import { intakeText } from './messages.ts'
import { choices } from './source-words.ts'
import type { SourcesSay } from './sources-messages.ts'

interface Part {
  frame: DeskFrame
  say: SourcesSay
  source: SourceDetail
}

/** The ways out of the state in which a source is; from trial to live with the choice of dropping what waited. */
export function SourceStates({ frame, say, source }: Part) {
  const { state, source_id: id } = source
  if (state === 'revoked') return <Card title={say('stateTitle')}>{say('revokedLead')}</Card>
  const action = `/desk/sources/${id}/state`
  return (
    <Card title={say('stateTitle')} id="state">
      <div class="stack">
        <form method="post" action={action} class="stack">
          <CsrfField token={frame.csrf} />
          {state === 'trial' && (
            <>
              <p>{say('goLiveLead')}</p>
              <label class="choice">
                <input type="checkbox" name="discard" value="yes" />
                <span>{say('discardTrial')}</span>
              </label>
            </>
          )}
          <div class="row">
            {state === 'trial' && (
              <button type="submit" name="state" value="live" class="primary">
                {say('goLive')}
              </button>
            )}
            {state === 'paused' && (
              <button type="submit" name="state" value="live" class="primary">
                {say('resume')}
              </button>
            )}
            {state !== 'paused' && (
              <button type="submit" name="state" value="paused">
                {say('pause')}
              </button>
            )}
          </div>
        </form>
        <details>
          <summary>{say('revoke')}</summary>
          <form method="post" action={action} class="stack">
            <CsrfField token={frame.csrf} />
            <p>{say('revokeLead')}</p>
            <label class="choice">
              <input type="checkbox" name="sure" value="yes" required />
              <span>{say('revokeSure')}</span>
            </label>
            <div class="row">
              <button type="submit" name="state" value="revoked" class="danger">
                {say('revoke')}
              </button>
            </div>
          </form>
        </details>
      </div>
    </Card>
  )
}

/** The settings of a source: a form for who may change them, facts for the others. */
export function SourceSettings(
  props: Part & { form: Record<string, unknown> | undefined; mayChange: boolean },
) {
  const { frame, say, source, form, mayChange } = props
  if (!mayChange) return <SettingFacts say={say} source={source} frame={frame} />
  const shown = (name: string, now: string) => (form ? textOf(form[name]) : now)
  const pages = form ? linesOf(form.home_pages) : source.actor_home_pages
  return (
    <Card title={say('settings')} id="settings">
      <form method="post" action={`/desk/sources/${source.source_id}/settings`} class="stack">
        <CsrfField token={frame.csrf} />
        <TextArea
          name="home_pages"
          label={say('homePages')}
          hint={say('homePagesHint')}
          value={pages.join('\n')}
          area={{ required: true, rows: 3, class: 'short' }}
        />
        <div class="grid">
          {settingNames.map((name) => (
            <Select
              key={name}
              name={name}
              label={say(choices[name].label)}
              value={shown(name, source[name])}
              options={choices[name].values.map((value) => ({ value, label: choiceText(say, name, value) }))}
            />
          ))}
          <TextField
            name="rate_statements"
            label={say('rateStatements')}
            hint={say('rateHint')}
            input={{
              inputMode: 'numeric',
              value: shown('rate_statements', rateText(source.rate_statements)),
            }}
          />
          <TextField
            name="rate_bytes"
            label={say('rateBytes')}
            hint={say('rateHint')}
            input={{ inputMode: 'numeric', value: shown('rate_bytes', rateText(source.rate_bytes)) }}
          />
        </div>
        <div class="row">
          <button type="submit" class="primary">
            {intakeText(frame.lang)('save')}
          </button>
        </div>
      </form>
    </Card>
  )
}

const settingNames = Object.keys(choices) as (keyof typeof choices)[]

function SettingFacts({ say, source }: Part) {
  return (
    <Card title={say('settings')} id="settings">
      <Facts
        lines
        items={[
          [say('homePages'), source.actor_home_pages.join('、')],
          ...settingNames.map((name): [string, string] => [
            say(choices[name].label),
            choiceText(say, name, source[name]),
          ]),
          [say('rateStatements'), rateText(source.rate_statements)],
          [say('rateBytes'), rateText(source.rate_bytes)],
        ]}
      />
    </Card>
  )
}

function choiceText(say: SourcesSay, name: keyof typeof choices, value: string): string {
  const { label, values } = choices[name]
  const known = (values as readonly string[]).includes(value)
  return known ? say(`${label}_${value}` as Parameters<SourcesSay>[0]) : value
}

function rateText(rate: number | null): string {
  return rate === null ? '' : String(rate)
}
