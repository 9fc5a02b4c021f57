import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { BridgeRefused } from '../bridge.ts'
import type { Desk } from '../desk.ts'
import { sendForbidden } from '../frame.tsx'
import { mayDo, maySee } from '../who.ts'
import type { DeliveryShown, DestinationShown, SourceShown } from './answers.ts'
import type { LogAsked } from './deliveries.tsx'
import { DestinationPage, type Tried } from './destination-page.tsx'
import { destinationChange } from './destination-wish.ts'
import { deliveryCodes, deliveryStates } from './destination-words.ts'
import { sendIntake, textOf } from './intake.tsx'
import { orRefusal } from './said.tsx'

interface Params {
  destination: string
}

type Form = Record<string, unknown>

/** One destination: how it goes, its settings, and its log of deliveries. */
export const destinationRoutes: FastifyPluginAsync<Desk> = async (app, desk) => {
  app.get<{ Params: Params; Querystring: Form }>('/destinations/:destination', async (request, reply) => {
    if (!maySee(request.desk.who, 'sources')) return sendForbidden(reply, request.desk)
    const n = textOf(request.query.n)
    return show(request, reply, { told: textOf(request.query.told), n: /^\d{1,9}$/.test(n) ? Number(n) : 0 })
  })

  deed('', async (request, reply, form) => {
    const { kind } = await (await desk.bridge(request.desk.who)).get<DestinationShown>(pathOf(request))
    const body = destinationChange(form, kind)
    const done = await send<object>(request, '', { method: 'PATCH', body })
    if (done instanceof BridgeRefused) return show(request, reply, { refusal: done, given: form })
    return back(reply, request, { told: 'saved' })
  })

  deed('/state', async (request, reply, form) => {
    const done = await send<object>(request, form.deed === 'pause' ? '/pause' : '/resume')
    if (done instanceof BridgeRefused) return show(request, reply, { refusal: done })
    return back(reply, request, { told: 'state' })
  })

  deed('/test', async (request, reply) => {
    const tried = await send<Tried>(request, '/test', { patienceMs: 60_000 })
    return show(request, reply, tried instanceof BridgeRefused ? { refusal: tried } : { tried })
  })

  deed('/rotate', async (request, reply, form) => {
    const hours = textOf(form.overlap_hours)
    const body = hours ? { overlap_hours: Number(hours) } : {}
    const done = await send<{ secret: string | null }>(request, '/rotate', { body })
    if (done instanceof BridgeRefused) return show(request, reply, { refusal: done })
    return show(request, reply, { secret: done.secret ?? '' })
  })

  deed('/remove', async (request, reply, form) => {
    if (form.sure !== 'yes') return back(reply, request, { told: 'not_sure' })
    const done = await send<object>(request, '', { method: 'DELETE' })
    if (done instanceof BridgeRefused) return show(request, reply, { refusal: done })
    return reply.redirect('/desk/destinations?told=removed', 303)
  })

  deed('/replay', async (request, reply, form) => {
    const bridge = await desk.bridge(request.desk.who)
    const code = deliveryCodes.find((one) => one === form.code)
    const body = { destination_id: (request.params as Params).destination, ...(code ? { code } : {}) }
    const wish = { body, patienceMs: 60_000 }
    const done = await orRefusal(bridge.send<{ replayed: number }>('/api/deliveries/replay', wish))
    if (done instanceof BridgeRefused) return show(request, reply, { refusal: done })
    return back(reply, request, { told: done.replayed > 0 ? 'replayed' : 'nothing', n: `${done.replayed}` })
  })

  /** A form of the page that changes something: from a page of ours, and by who may. */
  function deed(
    path: string,
    act: (request: FastifyRequest, reply: FastifyReply, form: Form) => Promise<FastifyReply>,
  ): void {
    app.post(`/destinations/:destination${path}`, async (request, reply) => {
      desk.refuseForeign(request)
      if (!mayDo(request.desk.who, 'tend_intake')) return sendForbidden(reply, request.desk)
      return act(request, reply, request.body as Form)
    })
  }

  async function send<T>(
    request: FastifyRequest,
    path: string,
    change: { method?: 'PATCH' | 'DELETE'; body?: object; patienceMs?: number } = {},
  ): Promise<T | BridgeRefused> {
    const bridge = await desk.bridge(request.desk.who)
    return orRefusal(bridge.send<T>(`${pathOf(request)}${path}`, change))
  }

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    more: {
      told?: string
      n?: number
      refusal?: BridgeRefused
      given?: Form
      tried?: Tried
      secret?: string
    },
  ): Promise<FastifyReply> {
    const bridge = await desk.bridge(request.desk.who)
    const destination = await bridge.get<DestinationShown>(pathOf(request))
    const { sources } = await bridge.get<{ sources: SourceShown[] }>('/api/sources')
    const asked = askedOf(request.query as Form)
    const query = new URLSearchParams({ destination_id: destination.destination_id })
    for (const [name, value] of Object.entries(asked)) if (value) query.set(name, value)
    const log = await bridge.get<{ deliveries: DeliveryShown[]; next: string | null }>(
      `/api/deliveries?${query}`,
    )
    const body = (
      <DestinationPage
        frame={request.desk}
        destination={destination}
        sources={sources}
        asked={asked}
        deliveries={log.deliveries}
        next={log.next}
        {...more}
      />
    )
    return sendIntake(reply, request.desk, {
      tab: 'destinations',
      title: destination.name,
      body,
      status: more.refusal ? 422 : 200,
    })
  }
}

function askedOf(query: Form): LogAsked {
  const after = textOf(query.after)
  return {
    state: deliveryStates.find((one) => one === query.state) ?? '',
    code: deliveryCodes.find((one) => one === query.code) ?? '',
    after: /^\d{1,16}_[0-9a-f-]{36}$/.test(after) ? after : '',
  }
}

function pathOf(request: FastifyRequest): string {
  return `/api/destinations/${encodeURIComponent((request.params as Params).destination)}`
}

function back(reply: FastifyReply, request: FastifyRequest, told: Record<string, string>): FastifyReply {
  const { destination } = request.params as Params
  return reply.redirect(
    `/desk/destinations/${encodeURIComponent(destination)}?${new URLSearchParams(told)}`,
    303,
  )
}
