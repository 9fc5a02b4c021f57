import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { InvalidInput } from '../../foundation/errors.ts'
import { isoOf } from '../../foundation/time.ts'
import { actorOf } from '../../ledger/access/role.ts'
import type { Desk } from '../desk/desk.ts'
import { type DeskFrame, sendDesk, sendForbidden, shownInstant } from '../desk/frame.tsx'
import { linesOf, textOf } from '../desk/intake/intake.tsx'
import { mayDo, maySee } from '../desk/who.ts'
import { listPlatforms, type PlatformInfo } from '../lti-services/registry.ts'
import { Badge, Card, CsrfField, DataTable, Notice, Select, TextArea, TextField } from '../web/components.tsx'
import type { Say } from '../web/messages.ts'
import { platformsText } from './desk-messages.ts'
import { type InvitationWish, invitePlatform } from './invitation.ts'

/** How these pages say a text. */
export type PlatformsSay = Say<Parameters<ReturnType<typeof platformsText>>[0]>

interface Made {
  registrationUrl: string
  until: string
}

/** All registrations, and the links by which further ones come. */
export const platformListRoutes: FastifyPluginAsync<Desk> = async (app, desk) => {
  app.get('/platforms', async (request, reply) => {
    if (!maySee(request.desk.who, 'platforms')) return sendForbidden(reply, request.desk)
    return show(request, reply, {})
  })

  app.post('/platforms/invitations', async (request, reply) => {
    desk.refuseForeign(request)
    const { who, lang } = request.desk
    if (!mayDo(who, 'tend_platforms')) return sendForbidden(reply, request.desk)
    const given = wishOf(request.body as Record<string, unknown>)
    try {
      const { registrationUrl, expiresAt } = await invitePlatform(desk, given, actorOf(who))
      const until = shownInstant(isoOf(expiresAt), lang) ?? ''
      return await show(request, reply, { made: { registrationUrl, until } })
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error
      return show(request, reply, { given })
    }
  })

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    { made, given }: { made?: Made; given?: InvitationWish },
  ): Promise<FastifyReply> {
    const frame = request.desk
    const say = platformsText(frame.lang)
    const platforms = await listPlatforms(desk)
    const body = (
      <div class="stack">
        <p>{say('lead')}</p>
        {made && <NewLink say={say} made={made} />}
        <Platforms frame={frame} say={say} platforms={platforms} />
        {mayDo(frame.who, 'tend_platforms') && (
          <InviteForm frame={frame} say={say} platforms={platforms} given={given} />
        )}
      </div>
    )
    const status = given ? 422 : 200
    return sendDesk(reply, frame, { room: 'platforms', title: say('title'), body, status })
  }
}

function wishOf(form: Record<string, unknown>): InvitationWish {
  const some = (name: string) => textOf(form[name]) || undefined
  return {
    host: textOf(form.host),
    issuer: some('issuer'),
    moreHosts: linesOf(form.more_hosts),
    name: some('name'),
    managesColumns: form.columns !== undefined,
    registrationId: some('update'),
  }
}

/** The link at the one moment in which it is shown. It stands in the answer to a form, never in an address. */
function NewLink({ say, made }: { say: PlatformsSay; made: Made }) {
  return (
    <Notice tone="good" title={say('invited')} live>
      <p>
        <code class="breaks">{made.registrationUrl}</code>
      </p>
      <p>{say('invitedLead', { until: made.until })}</p>
    </Notice>
  )
}

function Platforms(props: { frame: DeskFrame; say: PlatformsSay; platforms: PlatformInfo[] }) {
  const { frame, say } = props
  // Clients of one issuer stand together.
  const platforms = [...props.platforms].sort((a, b) =>
    a.issuer < b.issuer ? -1 : a.issuer > b.issuer ? 1 : 0,
  )
  const clientsOf = (issuer: string) => platforms.filter((one) => one.issuer === issuer).length
  return (
    <DataTable<PlatformInfo>
      caption={say('title')}
      captionHidden
      empty={say('none')}
      rows={platforms}
      rowKey={({ platformId }) => platformId}
      columns={[
        {
          label: say('name'),
          heading: true,
          cell: ({ platformId, name }) => <a href={`/desk/platforms/${platformId}`}>{name}</a>,
        },
        {
          label: say('issuer'),
          cell: ({ issuer }) => (
            <>
              <span class="breaks">{issuer}</span>
              {clientsOf(issuer) > 1 && (
                <div class="small soft">{say('clients', { n: clientsOf(issuer) })}</div>
              )}
            </>
          ),
        },
        { label: say('clientId'), cell: ({ clientId }) => <code class="breaks">{clientId}</code> },
        { label: say('state'), nowrap: true, cell: ({ active }) => <StateBadge say={say} active={active} /> },
        {
          label: say('deployments'),
          cell: ({ deployments }) => <Counts say={say} deployments={deployments} />,
        },
        {
          label: say('registered'),
          cell: ({ registeredAt, registeredBy }) => (
            <>
              {shownInstant(isoOf(registeredAt), frame.lang)}
              <div class="small soft">{say(registeredBy === 'link' ? 'byLink' : 'byHand')}</div>
            </>
          ),
        },
      ]}
    />
  )
}

/** Whether launches of a registration are taken. */
export function StateBadge({ say, active }: { say: PlatformsSay; active: boolean }) {
  return <Badge tone={active ? 'good' : 'warn'}>{say(active ? 'active' : 'inactive')}</Badge>
}

function Counts({ say, deployments }: { say: PlatformsSay; deployments: PlatformInfo['deployments'] }) {
  const pending = deployments.filter(({ state }) => state === 'pending').length
  return (
    <>
      {say('deploymentsActive', { n: deployments.length - pending })}
      {pending > 0 && (
        <div>
          <Badge tone="warn">{say('deploymentsPending', { n: pending })}</Badge>
        </div>
      )}
    </>
  )
}

function InviteForm(props: {
  frame: DeskFrame
  say: PlatformsSay
  platforms: PlatformInfo[]
  given: InvitationWish | undefined
}) {
  const { frame, say, platforms, given } = props
  const updates = platforms.map(({ platformId, name, clientId }) => ({
    value: platformId,
    label: say('updateOf', { name, client: clientId }),
  }))
  return (
    <Card>
      <details open={given !== undefined || platforms.length === 0}>
        <summary>{say('invite')}</summary>
        <p>{say('inviteLead')}</p>
        {given && (
          <Notice tone="warn" live>
            {say('invalidHost')}
          </Notice>
        )}
        <form method="post" action="/desk/platforms/invitations" class="stack">
          <CsrfField token={frame.csrf} />
          <div class="grid">
            <TextField
              name="host"
              label={say('host')}
              hint={say('hostHint')}
              input={{ required: true, maxLength: 255, value: given?.host ?? '' }}
            />
            <Select
              name="update"
              label={say('update')}
              value={given?.registrationId ?? ''}
              options={[{ value: '', label: say('updateNew') }, ...updates]}
            />
            <TextField
              name="name"
              label={say('name')}
              hint={say('nameHint')}
              input={{ maxLength: 255, value: given?.name ?? '' }}
            />
            <TextField
              name="issuer"
              label={say('issuer')}
              hint={say('issuerHint')}
              input={{ maxLength: 255, value: given?.issuer ?? '' }}
            />
          </div>
          <TextArea
            name="more_hosts"
            label={say('moreHosts')}
            hint={say('moreHostsHint')}
            value={(given?.moreHosts ?? []).join('\n')}
            area={{ rows: 2, class: 'short' }}
          />
          <label class="choice">
            <input type="checkbox" name="columns" value="1" checked={given?.managesColumns ?? false} />
            <span>{say('columns')}</span>
          </label>
          <div class="row">
            <button type="submit" class="primary">
              {say('doInvite')}
            </button>
          </div>
        </form>
      </details>
    </Card>
  )
}
