import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { Badge, Card, DataTable, Segments, type Tone } from '../../web/components.tsx'
import { BridgeRefused } from '../bridge.ts'
import type { Desk } from '../desk.ts'
import { type DeskFrame, sendForbidden, shownInstant } from '../frame.tsx'
import { mayDo, maySee } from '../who.ts'
import type { DestinationShown, SourceShown } from './answers.ts'
import { DestinationForm } from './destination-form.tsx'
import { SigningSecret, StateOf } from './destination-parts.tsx'
import { destinationWish } from './destination-wish.ts'
import { type DestinationsSay, destinationsText } from './destinations-messages.ts'
import { sendIntake, shownSpan, Told } from './intake.tsx'
import { orRefusal, Refusal } from './said.tsx'

interface Made {
  destination_id: string
  secret: string | null
}

/** All destinations of forwarding, and the form for a further one. */
export const destinationListRoutes: FastifyPluginAsync<Desk> = async (app, desk) => {
  app.get<{ Querystring: { told?: string; add?: string } }>('/destinations', async (request, reply) => {
    if (!maySee(request.desk.who, 'sources')) return sendForbidden(reply, request.desk)
    return show(request, reply, { told: request.query.told, add: kindOf(request.query.add) })
  })

  app.post('/destinations', async (request, reply) => {
    desk.refuseForeign(request)
    if (!mayDo(request.desk.who, 'tend_intake')) return sendForbidden(reply, request.desk)
    const form = request.body as Record<string, unknown>
    const bridge = await desk.bridge(request.desk.who)
    const made = await orRefusal(bridge.send<Made>('/api/destinations', { body: destinationWish(form) }))
    if (made instanceof BridgeRefused)
      return show(request, reply, { refusal: made, given: form, add: kindOf(form.kind) })
    return made.secret === null
      ? reply.redirect(`/desk/destinations/${made.destination_id}`, 303)
      : show(request, reply, { made })
  })

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    more: {
      told?: string | undefined
      add?: 'lrs' | 'webhook' | null
      refusal?: BridgeRefused
      given?: Record<string, unknown>
      made?: Made
    },
  ): Promise<FastifyReply> {
    const { who, lang } = request.desk
    const say = destinationsText(lang)
    const bridge = await desk.bridge(who)
    const { destinations } = await bridge.get<{ destinations: DestinationShown[] }>('/api/destinations')
    const { sources } = await bridge.get<{ sources: SourceShown[] }>('/api/sources')
    const { refusal, made, given, add } = more
    const body = (
      <>
        <Told told={more.told} tellings={{ removed: ['good', say('removed')] }} />
        {refusal && <Refusal lang={lang} refusal={refusal} />}
        {made?.secret && <SigningSecret say={say} secret={made.secret} />}
        <p>{say('lead')}</p>
        <List frame={request.desk} say={say} destinations={destinations} />
        {mayDo(who, 'tend_intake') && (
          <Segments
            label={say('add')}
            items={(['lrs', 'webhook'] as const).map((kind) => ({
              href: `/desk/destinations?add=${kind}#add`,
              label: say(kind === 'lrs' ? 'addLrs' : 'addWebhook'),
              current: kind === add,
            }))}
          />
        )}
        {mayDo(who, 'tend_intake') && add && (
          <Card title={say(add === 'lrs' ? 'addLrs' : 'addWebhook')} id="add">
            <DestinationForm
              frame={request.desk}
              say={say}
              kind={add}
              sources={sources}
              given={given}
              action="/desk/destinations"
            />
          </Card>
        )}
      </>
    )
    const status = refusal ? 422 : 200
    return sendIntake(reply, request.desk, { tab: 'destinations', title: say('title'), body, status })
  }
}

function kindOf(value: unknown): 'lrs' | 'webhook' | null {
  return value === 'lrs' || value === 'webhook' ? value : null
}

const kindTones: Record<string, Tone> = { lrs: 'plain', webhook: 'info' }

function List(props: { frame: DeskFrame; say: DestinationsSay; destinations: DestinationShown[] }) {
  const { frame, say } = props
  const { lang } = frame
  return (
    <DataTable<DestinationShown>
      caption={say('title')}
      captionHidden
      empty={say('empty')}
      rows={props.destinations.filter(({ state }) => state !== 'removed')}
      rowKey={({ destination_id }) => destination_id}
      columns={[
        {
          label: say('name'),
          heading: true,
          cell: ({ destination_id, name, url }) => (
            <>
              <a href={`/desk/destinations/${destination_id}`}>{name}</a>
              <div class="small soft breaks">{url}</div>
            </>
          ),
        },
        {
          label: say('kind'),
          cell: ({ kind }) => <Badge tone={kindTones[kind] ?? 'plain'}>{say(`kind_${kind}`)}</Badge>,
        },
        { label: say('state'), cell: (one) => <StateOf say={say} destination={one} /> },
        { label: say('pending'), numeric: true, cell: ({ pending }) => pending },
        { label: say('failed'), numeric: true, cell: ({ failed }) => failed },
        { label: say('dead'), numeric: true, cell: ({ dead }) => dead },
        { label: say('lag'), cell: ({ lag_seconds: lag }) => (lag === 0 ? '—' : shownSpan(lag, lang)) },
        {
          label: say('lastSuccess'),
          cell: ({ last_success_at }) => shownInstant(last_success_at, lang) ?? say('never'),
        },
      ]}
    />
  )
}
