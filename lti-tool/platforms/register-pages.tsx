import { assetUrl } from '../web/assets.ts'
import { Facts, Notice } from '../web/components.tsx'
import type { Lang, Say } from '../web/messages.ts'
import { page } from '../web/page.tsx'
import type { Invitation } from './invitation.ts'
import type { RegistrationCall, RegistrationFault, RegistrationOutcome } from './register.ts'
import { registerText } from './register-messages.ts'

type RegisterSay = Say<Parameters<ReturnType<typeof registerText>>[0]>

/** What would be registered, and the button that does it. Nothing was fetched yet. */
export function confirmPage(
  lang: Lang,
  here: string,
  { host, registrationId, managesColumns }: Invitation,
  { openidConfiguration, registrationToken }: RegistrationCall,
): string {
  const say = registerText(lang)
  return page({
    title: say('confirmTitle'),
    lang,
    bare: true,
    width: 'reading',
    body: (
      <>
        <h1>{say('confirmTitle')}</h1>
        <p>{say('confirmLead')}</p>
        <Facts lines items={[[say('host'), <code key="host">{host}</code>]]} />
        {registrationId && <p>{say('update')}</p>}
        {managesColumns && <p>{say('columns')}</p>}
        <form method="post" action={here}>
          <input type="hidden" name="openid_configuration" value={openidConfiguration} />
          {registrationToken !== undefined && (
            <input type="hidden" name="registration_token" value={registrationToken} />
          )}
          <button type="submit" class="primary">
            {say('confirm')}
          </button>
        </form>
        <p class="small soft">{say('closes')}</p>
      </>
    ),
  })
}

/** What was registered. The platform's page that holds this one is told that it may close it. */
export function registeredPage(
  lang: Lang,
  done: Extract<RegistrationOutcome, { platformId: string }>,
  platformOrigin: string,
): string {
  const say = registerText(lang)
  const { outcome, issuer, answer } = done
  return page({
    title: say(outcome),
    lang,
    bare: true,
    width: 'reading',
    data: { 'close-to': platformOrigin },
    body: (
      <>
        <h1>{say(outcome)}</h1>
        <p>{say(`${outcome}Lead`)}</p>
        <Facts
          lines
          items={[
            [say('issuer'), <code key="issuer">{issuer}</code>],
            [say('clientId'), <code key="client">{answer.clientId}</code>],
            [
              say('deploymentId'),
              answer.deploymentId === null ? (
                say('deploymentLater')
              ) : (
                <code key="deployment">{answer.deploymentId}</code>
              ),
            ],
          ]}
        />
        <button type="button" id="close">
          {say('close')}
        </button>
        <script src={assetUrl('register.js')} defer />
      </>
    ),
  })
}

/** Why nothing was registered, in our own words: what a platform answered is never shown. */
export function refusedPage(lang: Lang, host: string, fault: RegistrationFault, reference: string): string {
  const say = registerText(lang)
  return page({
    title: say('refusedTitle'),
    lang,
    bare: true,
    width: 'reading',
    body: (
      <>
        <h1>{say('refusedTitle')}</h1>
        <Notice tone="warn">{sentenceOf(say, host, fault)}</Notice>
        <p>{say('again')}</p>
        <Facts
          lines
          items={[
            ['代码 · Code', <code key="code">lti-registration-refused</code>],
            ['编号 · Reference', <code key="reference">{reference}</code>],
          ]}
        />
      </>
    ),
  })
}

function sentenceOf(say: RegisterSay, host: string, fault: RegistrationFault): string {
  if (fault.step === 'address') return say('f_address', { host })
  if (fault.step === 'answer') return say('f_answer')
  if (fault.step === 'exists') return say('f_exists')
  if (fault.step === 'other-registration') return say('f_other')
  if ('field' in fault) return sentenceOfField(say, fault.field)
  const what = say(`what_${fault.step}`)
  if ('status' in fault) return say('f_status', { what, status: fault.status })
  const kind = fault.fetch === 'too-large' ? 'too_large' : fault.fetch
  return say(`f_fetch_${kind}`, { what })
}

type Field = Extract<RegistrationFault, { field: unknown }>['field']

function sentenceOfField(say: RegisterSay, field: Field): string {
  if (field === 'unreadable' || field === 'issuer' || field === 'messages_supported')
    return say(`f_field_${field}`)
  if (field.endsWith('_supported')) return say('f_field_method', { field })
  return say('f_field_address', { field })
}
