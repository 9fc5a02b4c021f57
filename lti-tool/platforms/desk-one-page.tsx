import { isoOf } from '../../foundation/time.ts'
import { type DeskFrame, shownInstant } from '../desk/frame.tsx'
import { Told } from '../desk/intake/intake.tsx'
import type { DeploymentInfo, PlatformInfo, ToolAddresses } from '../lti-services/registry.ts'
import type { Rotation } from '../lti-services/rotation.ts'
import {
  Badge,
  Card,
  CsrfField,
  DataTable,
  Facts,
  Notice,
  TextArea,
  TextField,
  type Tone,
} from '../web/components.tsx'
import type { PlatformSettings } from './change.ts'
import { type PlatformsSay, StateBadge } from './desk-list.tsx'
import type { Diagnosis, Finding } from './diagnosis.ts'
import { sentencesOf } from './diagnosis-words.ts'

interface View {
  frame: DeskFrame
  say: PlatformsSay
  platform: PlatformInfo
  rotation: Rotation | null
  addresses: ToolAddresses
  mayTend: boolean
  told?: string | undefined
  given?: PlatformSettings
  diagnosis?: Diagnosis
}

/** Everything about one registration. */
export function PlatformBody(view: View) {
  const { say, platform, mayTend } = view
  const tellings = {
    activated: ['good', say('told_activated')],
    deactivated: ['good', say('told_deactivated')],
    approved: ['good', say('told_approved')],
    withdrawn: ['good', say('told_withdrawn')],
    saved: ['good', say('told_saved')],
    rotated: ['good', say('told_rotated')],
  } as const satisfies Record<string, readonly [Tone, string]>
  return (
    <div class="stack">
      <p>
        <a href="/desk/platforms">{say('back')}</a>
      </p>
      <Told told={view.told} tellings={tellings} />
      {view.diagnosis && <Findings view={view} diagnosis={view.diagnosis} />}
      <Card title={say('facts')} actions={<StateBadge say={say} active={platform.active} />}>
        <Facts
          lines
          items={[
            [say('issuer'), <Plain key="issuer" text={platform.issuer} />],
            [say('clientId'), <Plain key="client" text={platform.clientId} />],
            [say('authUrl'), <Plain key="auth" text={platform.authUrl} />],
            [say('tokenUrl'), <Plain key="token" text={platform.tokenUrl} />],
            [say('jwksUrl'), <Plain key="jwks" text={platform.jwksUrl} />],
          ]}
        />
        {mayTend && <Switch view={view} />}
      </Card>
      {mayTend && (
        <Card title={say('test')}>
          <p>{say('testLead')}</p>
          <Act view={view} act="test" label={say('doTest')} primary />
        </Card>
      )}
      <Card title={say('deployments')}>
        <Deployments view={view} />
      </Card>
      {mayTend && <Settings view={view} />}
      <Card title={say('key')}>
        <Key view={view} />
      </Card>
      <Card title={say('ourAddresses')}>
        <Facts
          lines
          items={[
            [say('ourLaunch'), <Plain key="launch" text={view.addresses.launch_url} />],
            [say('ourLogin'), <Plain key="login" text={view.addresses.login_url} />],
            [say('ourKeys'), <Plain key="keys" text={view.addresses.jwks_url} />],
          ]}
        />
      </Card>
    </div>
  )
}

function Plain({ text }: { text: string }) {
  return <code class="breaks">{text}</code>
}

function Act(props: { view: View; act: string; label: string; primary?: boolean; deploymentId?: string }) {
  const { view, act, label, primary, deploymentId } = props
  return (
    <form method="post" action={`/desk/platforms/${view.platform.platformId}/${act}`}>
      <CsrfField token={view.frame.csrf} />
      {deploymentId !== undefined && <input type="hidden" name="deployment_id" value={deploymentId} />}
      <button type="submit" class={primary ? 'primary' : ''}>
        {label}
      </button>
    </form>
  )
}

function Switch({ view }: { view: View }) {
  const { say, platform } = view
  return (
    <div class="row">
      {platform.active ? (
        <Act view={view} act="deactivate" label={say('deactivate')} />
      ) : (
        <Act view={view} act="activate" label={say('activate')} primary />
      )}
      <span class="small soft">{say(platform.active ? 'deactivateLead' : 'activateLead')}</span>
    </div>
  )
}

function Deployments({ view }: { view: View }) {
  const { say, frame, platform, mayTend } = view
  return (
    <DataTable<DeploymentInfo>
      caption={say('deployments')}
      captionHidden
      empty={say('noDeployments')}
      rows={platform.deployments}
      rowKey={({ deploymentId }) => deploymentId}
      columns={[
        {
          label: say('deployment'),
          heading: true,
          cell: ({ deploymentId }) => <Plain text={deploymentId} />,
        },
        {
          label: say('state'),
          nowrap: true,
          cell: ({ state }) => (
            <Badge tone={state === 'active' ? 'good' : 'warn'}>
              {say(state === 'active' ? 'approved' : 'pending')}
            </Badge>
          ),
        },
        { label: say('seen'), cell: ({ firstSeenAt }) => shownInstant(isoOf(firstSeenAt), frame.lang) },
        ...(mayTend
          ? [
              {
                label: '',
                cell: ({ deploymentId, state }: DeploymentInfo) =>
                  state === 'pending' ? (
                    <Act view={view} act="approve" label={say('approve')} deploymentId={deploymentId} />
                  ) : (
                    <Act view={view} act="withdraw" label={say('withdraw')} deploymentId={deploymentId} />
                  ),
              },
            ]
          : []),
      ]}
    />
  )
}

function Settings({ view }: { view: View }) {
  const { say, frame, platform, given } = view
  const shown = given ?? platform
  return (
    <Card title={say('settings')}>
      {given && (
        <Notice tone="warn" live>
          {say('invalidOrigins')}
        </Notice>
      )}
      <form method="post" action={`/desk/platforms/${platform.platformId}/settings`} class="stack">
        <CsrfField token={frame.csrf} />
        <TextField
          name="name"
          label={say('name')}
          input={{ required: true, maxLength: 255, value: shown.name }}
        />
        <TextArea
          name="frame_origins"
          label={say('frameOrigins')}
          hint={say('frameOriginsHint')}
          value={shown.frameOrigins.join('\n')}
          area={{ required: true, rows: 3, class: 'short' }}
        />
        <TextArea
          name="service_origins"
          label={say('serviceOrigins')}
          hint={say('serviceOriginsHint')}
          value={shown.serviceOrigins.join('\n')}
          area={{ required: true, rows: 3, class: 'short' }}
        />
        <div class="row">
          <button type="submit" class="primary">
            {say('save')}
          </button>
        </div>
      </form>
    </Card>
  )
}

function Key({ view }: { view: View }) {
  const { say, frame, platform, rotation, mayTend } = view
  const at = (instant: Rotation['begunAt']) => shownInstant(isoOf(instant), frame.lang) ?? ''
  return (
    <div class="stack">
      <p>{say('keyLead')}</p>
      <Facts lines items={[[say('keyId'), <Plain key="kid" text={platform.kid} />]]} />
      {rotation && (
        <Notice>
          {rotation.switchedAt === null
            ? say('rotationBegun', { at: at(rotation.begunAt), kid: rotation.newKid })
            : say('rotationSwitched', { at: at(rotation.switchedAt), kid: rotation.newKid })}
        </Notice>
      )}
      {mayTend && !rotation && <Act view={view} act="rotate" label={say('rotate')} />}
    </div>
  )
}

const tones = { ok: 'good', warn: 'warn', fail: 'bad', unknown: 'plain' } as const satisfies Record<
  Finding['result'],
  Tone
>

function Findings({ view, diagnosis }: { view: View; diagnosis: Diagnosis }) {
  const { say, frame } = view
  return (
    <Card title={say('test')} id="findings">
      <Notice tone={diagnosis.ok ? 'good' : 'bad'} live>
        {say(diagnosis.ok ? 'testOk' : 'testFailed')}
      </Notice>
      <DataTable<Finding>
        caption={say('test')}
        captionHidden
        empty=""
        rows={diagnosis.findings}
        rowKey={({ check }) => check}
        columns={[
          { label: say('check'), heading: true, nowrap: true, cell: ({ check }) => say(`check_${check}`) },
          {
            label: say('result'),
            nowrap: true,
            cell: ({ result }) => <Badge tone={tones[result]}>{say(`result_${result}`)}</Badge>,
          },
          {
            label: say('explanation'),
            cell: (finding) => {
              const { says, do: todo } = sentencesOf(frame.lang, finding)
              return (
                <>
                  {says}
                  {todo && <div>{todo}</div>}
                </>
              )
            },
          },
        ]}
      />
    </Card>
  )
}
