import { Badge, Card, Choices, CsrfField, DataTable, TextField } from '../../web/components.tsx'
import { type DeskFrame, shownInstant } from '../frame.tsx'
import { mayDo } from '../who.ts'
import type { CredentialShown, SourceDetail } from './answers.ts'
import { scopes } from './source-words.ts'
import type { SourcesSay } from './sources-messages.ts'

/** The credentials of a source, without their secrets; who may, makes a further one or ends one. */
export function Credentials(props: { frame: DeskFrame; say: SourcesSay; source: SourceDetail }) {
  const { frame, say, source } = props
  const { lang, who, csrf } = frame
  const mayTend = mayDo(who, 'tend_intake') && source.state !== 'revoked'
  const base = `/desk/sources/${source.source_id}/credentials`
  return (
    <Card title={say('credentials')} id="credentials">
      <DataTable<CredentialShown>
        caption={say('credentials')}
        captionHidden
        empty={say('noCredentials')}
        rows={source.credentials}
        rowKey={({ key }) => key}
        columns={[
          { label: say('key'), heading: true, cell: ({ key }) => <code>{key}</code> },
          { label: say('scopes'), cell: ({ scopes: granted }) => granted.join(' ') },
          {
            label: say('lastUsed'),
            nowrap: true,
            cell: ({ last_used_at }) => shownInstant(last_used_at, lang) ?? say('never'),
          },
          {
            label: say('validUntil'),
            nowrap: true,
            cell: ({ expires_at }) => shownInstant(expires_at, lang) ?? say('endless'),
          },
          { label: say('credentialState'), cell: (one) => <State say={say} credential={one} /> },
          ...(mayTend
            ? [
                {
                  label: say('revokeKey'),
                  cell: ({ key, revoked_at }: CredentialShown) =>
                    revoked_at === null && (
                      <form method="post" action={`${base}/revoke`}>
                        <CsrfField token={csrf} />
                        <input type="hidden" name="key" value={key} />
                        <button type="submit" class="danger" aria-label={say('revokeKeyOf', { key })}>
                          {say('revokeKey')}
                        </button>
                      </form>
                    ),
                },
              ]
            : []),
        ]}
      />
      {mayTend && (
        <details>
          <summary>{say('newKey')}</summary>
          <form method="post" action={base} class="stack">
            <CsrfField token={csrf} />
            <p class="small soft">{`${say('newKeyLead')}${say('scopesHint')}`}</p>
            <div class="choices-in-columns">
              <Choices
                kind="checkbox"
                name="scope"
                legend={say('scopes')}
                options={scopes.map((value) => ({ value, label: <code>{value}</code> }))}
              />
            </div>
            <TextField
              name="days"
              label={say('days')}
              hint={say('daysHint')}
              input={{ type: 'number', min: 1, max: 3660, class: 'narrow' }}
            />
            <div class="row">
              <button type="submit" class="primary">
                {say('doNewKey')}
              </button>
            </div>
          </form>
        </details>
      )}
    </Card>
  )
}

function State({ say, credential }: { say: SourcesSay; credential: CredentialShown }) {
  if (credential.revoked_at !== null) return <Badge>{say('revoked')}</Badge>
  const isOver = credential.expires_at !== null && Date.parse(credential.expires_at) <= Date.now()
  return isOver ? <Badge tone="warn">{say('expired')}</Badge> : <Badge tone="good">{say('valid')}</Badge>
}
