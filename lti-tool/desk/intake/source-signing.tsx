import { Badge, Card, CsrfField, TextField } from '../../web/components.tsx'
import type { DeskFrame } from '../frame.tsx'
import type { SourceDetail } from './answers.ts'
import { signingText } from './signing-messages.ts'

/** Whether webhooks of a source have to be signed; who may, sets the secret or takes it away. It is never shown. */
export function Signing(props: { frame: DeskFrame; source: SourceDetail; mayChange: boolean }) {
  const { frame, source, mayChange } = props
  const say = signingText(frame.lang)
  const { signed_webhooks: isSigned, source_id: id, state } = source
  const action = `/desk/sources/${id}/signing`
  return (
    <Card title={say('signing')} id="signing">
      <div class="stack">
        <p>
          <Badge tone={isSigned ? 'good' : 'plain'}>{say(isSigned ? 'signed' : 'unsigned')}</Badge>
        </p>
        <p class="small soft">{say('signingLead')}</p>
        {mayChange && state !== 'revoked' && (
          <form method="post" action={action} class="stack">
            <CsrfField token={frame.csrf} />
            <TextField
              name="secret"
              label={say('signingSecret')}
              hint={say('signingHint')}
              input={{ required: true, type: 'password', maxLength: 200, autoComplete: 'off' }}
            />
            <div class="row">
              <button type="submit" name="deed" value="set" class="primary">
                {say('doSign')}
              </button>
              {isSigned && (
                <button type="submit" name="deed" value="remove" class="danger" formNoValidate>
                  {say('stopSigning')}
                </button>
              )}
            </div>
          </form>
        )}
      </div>
    </Card>
  )
}
