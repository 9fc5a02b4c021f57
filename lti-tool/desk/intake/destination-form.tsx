import { Choices, CsrfField, Select, TextArea, TextField } from '../../web/components.tsx'
import type { DeskFrame } from '../frame.tsx'
import type { DestinationShown, SourceShown } from './answers.ts'
import { eventSaid, outcomes, webhookEvents } from './destination-words.ts'
import type { DestinationsSay } from './destinations-messages.ts'
import { linesOf, listOf, textOf } from './intake.tsx'
import { intakeText } from './messages.ts'

/** What a form of a destination shows: what was filled in before, else the destination as it is, else nothing. */
export interface FormProps {
  frame: DeskFrame
  say: DestinationsSay
  kind: 'lrs' | 'webhook'
  sources: SourceShown[]
  destination?: DestinationShown
  given?: Record<string, unknown> | undefined
  action: string
}

/** The form of a destination, new or to be changed. */
export function DestinationForm(props: FormProps) {
  const { frame, say, kind, sources, destination, given, action } = props
  const text = (name: string, now: string) => (given ? textOf(given[name]) : now)
  const ticked = (name: string, now: string[] | undefined) => (given ? listOf(given[name]) : (now ?? []))
  const filter = destination?.filter
  return (
    <form method="post" action={action} class="stack">
      <CsrfField token={frame.csrf} />
      <input type="hidden" name="kind" value={kind} />
      <div class="grid">
        <TextField
          name="name"
          label={say('name')}
          input={{ required: true, maxLength: 120, value: text('name', destination?.name ?? '') }}
        />
        <TextField
          name="url"
          label={say('url')}
          hint={say('urlHint')}
          input={{ required: true, maxLength: 1000, type: 'url', value: text('url', destination?.url ?? '') }}
        />
      </div>
      {kind === 'webhook' ? (
        <div class="choices-in-columns">
          <Choices
            kind="checkbox"
            name="event"
            legend={say('events')}
            chosen={ticked('event', destination?.events)}
            options={webhookEvents.map((value) => ({ value, label: eventSaid(say, value) }))}
          />
        </div>
      ) : (
        <LrsFields {...props} />
      )}
      {sources.length > 0 && (
        <details open={(filter?.sources?.length ?? 0) > 0}>
          <summary>{say('filterTitle')}</summary>
          <div class="stack">
            <div class="choices-in-columns">
              <Choices
                kind="checkbox"
                name="filter_source"
                legend={say('filterSources')}
                chosen={ticked('filter_source', filter?.sources)}
                options={sources.map(({ source_id: value, name: label }) => ({ value, label }))}
              />
            </div>
            {kind === 'lrs' && <LrsFilter {...props} />}
          </div>
        </details>
      )}
      <div class="row">
        <button type="submit" class="primary">
          {destination ? intakeText(frame.lang)('save') : say('doAdd')}
        </button>
      </div>
    </form>
  )
}

function LrsFields({ say, sources, destination, given }: FormProps) {
  const text = (name: string, now: string) => (given ? textOf(given[name]) : now)
  return (
    <>
      <div class="grid">
        <Select
          name="version"
          label={say('version')}
          value={text('version', destination?.version ?? '1.0.3')}
          options={['1.0.3', '2.0.0'].map((value) => ({ value, label: value }))}
        />
        <Select
          name="names"
          label={say('names')}
          value={text('names', destination?.redaction?.names ?? 'keep')}
          options={(['keep', 'drop'] as const).map((value) => ({ value, label: say(`names_${value}`) }))}
        />
        <Select
          name="actors"
          label={say('actors')}
          value={text('actors', destination?.redaction?.actors ?? 'keep')}
          options={(['keep', 'pseudonym'] as const).map((value) => ({
            value,
            label: say(`actors_${value}`),
          }))}
        />
        <Select
          name="source_id"
          label={say('ownSource')}
          hint={say('ownSourceHint')}
          value={text('source_id', destination?.source_id ?? '')}
          options={[
            { value: '', label: say('noSource') },
            ...sources.map(({ source_id: value, name: label }) => ({ value, label })),
          ]}
        />
        {!destination && (
          <Select
            name="from"
            label={say('from')}
            value={text('from', 'now')}
            options={(['now', 'start'] as const).map((value) => ({ value, label: say(`from_${value}`) }))}
          />
        )}
      </div>
      <CredentialFields say={say} has={destination?.has_credential ?? null} />
    </>
  )
}

/** Ways to be known at an LRS. What was typed is never shown again, also not where the form comes back. */
function CredentialFields({ say, has }: { say: DestinationsSay; has: boolean | null }) {
  const secret = { maxLength: 500, type: 'password', autoComplete: 'new-password' }
  return (
    <fieldset class="stack">
      <legend>{say('credential')}</legend>
      <Select
        name="credential"
        label={say('credential')}
        hint={say('credentialHint')}
        value={has ? '' : 'none'}
        options={[
          ...(has ? [{ value: '', label: say('credentialHas') }] : []),
          ...(['none', 'basic', 'oauth'] as const).map((value) => ({
            value: value as string,
            label: say(`credential_${value}`),
          })),
        ]}
      />
      <details>
        <summary>{say('credential_basic')}</summary>
        <div class="grid">
          <TextField
            name="key"
            label={say('credentialKey')}
            input={{ maxLength: 500, autoComplete: 'off' }}
          />
          <TextField name="secret" label={say('credentialSecret')} input={secret} />
        </div>
      </details>
      <details>
        <summary>{say('credential_oauth')}</summary>
        <div class="grid">
          <TextField
            name="token_url"
            label={say('tokenUrl')}
            input={{ maxLength: 1000, autoComplete: 'off' }}
          />
          <TextField
            name="client_id"
            label={say('clientId')}
            input={{ maxLength: 500, autoComplete: 'off' }}
          />
          <TextField name="client_secret" label={say('clientSecret')} input={secret} />
          <TextField name="scope" label={say('scope')} input={{ maxLength: 500, autoComplete: 'off' }} />
        </div>
      </details>
    </fieldset>
  )
}

function LrsFilter({ say, destination, given }: FormProps) {
  const filter = destination?.filter
  const lines = (name: string, now: string[] | undefined) =>
    (given ? linesOf(given[name]) : (now ?? [])).join('\n')
  const { object_types, categories } = filter ?? {}
  const kept = { ...(object_types ? { object_types } : {}), ...(categories ? { categories } : {}) }
  return (
    <>
      <input type="hidden" name="kept" value={JSON.stringify(kept)} />
      <div class="grid">
        <TextArea
          name="verbs"
          label={say('filterVerbs')}
          value={lines('verbs', filter?.verbs)}
          area={{ rows: 3, class: 'short' }}
        />
        <TextArea
          name="activities"
          label={say('filterActivities')}
          value={lines('activities', filter?.activities)}
          area={{ rows: 3, class: 'short' }}
        />
      </div>
      <div class="choices-in-columns">
        <Choices
          kind="checkbox"
          name="outcome"
          legend={say('filterOutcomes')}
          chosen={given ? listOf(given.outcome) : (filter?.outcomes ?? [])}
          options={outcomes.map((value) => ({ value, label: say(`outcome_${value}`) }))}
        />
      </div>
    </>
  )
}
