import { Card, CsrfField, Select, TextArea, TextField } from '../../web/components.tsx'
import type { DeskFrame } from '../frame.tsx'
import { presets } from './source-words.ts'
import type { SourcesSay } from './sources-messages.ts'

/** What was filled in before the bridge refused it. */
export interface RegisterGiven {
  name: string
  preset: string
  homePages: string[]
  state: string
}

/** The form for a further source; open when it comes back. */
export function Register(props: { frame: DeskFrame; say: SourcesSay; given: RegisterGiven | undefined }) {
  const { frame, say, given } = props
  return (
    <Card>
      <details open={given !== undefined}>
        <summary>{say('register')}</summary>
        <p>{say('registerLead')}</p>
        <form method="post" action="/desk/sources" class="stack">
          <CsrfField token={frame.csrf} />
          <div class="grid">
            <TextField
              name="name"
              label={say('name')}
              input={{ required: true, maxLength: 120, value: given?.name ?? '' }}
            />
            <Select
              name="preset"
              label={say('preset')}
              value={given?.preset ?? 'adl'}
              options={presets.map((value) => ({ value, label: value }))}
            />
            <Select
              name="state"
              label={say('startState')}
              value={given?.state ?? 'trial'}
              options={[
                { value: 'trial', label: frame.say('state_trial') },
                { value: 'live', label: frame.say('state_live') },
              ]}
            />
          </div>
          <TextArea
            name="home_pages"
            label={say('homePages')}
            hint={say('homePagesHint')}
            value={(given?.homePages ?? []).join('\n')}
            area={{ required: true, rows: 3, class: 'short' }}
          />
          <div class="row">
            <button type="submit" class="primary">
              {say('doRegister')}
            </button>
          </div>
        </form>
      </details>
    </Card>
  )
}
