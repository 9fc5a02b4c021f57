import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { type Bridge, BridgeRefused, type WaitingShown } from '../bridge.ts'
import type { Desk } from '../desk.ts'
import { sendForbidden } from '../frame.tsx'
import { mayDo, maySee } from '../who.ts'
import { aliasesText } from './aliases-messages.ts'
import { AliasesPage, type Unmapped } from './aliases-page.tsx'
import type { AliasShown, SourceShown } from './answers.ts'
import { isId, listOf, sendIntake, textOf } from './intake.tsx'
import { orRefusal } from './said.tsx'

type Form = Record<string, unknown>

/** How many waiting completions are looked through, and how many at a time. */
const most = { looked: 2000, page: 500 }

/** Activities that nobody mapped, to be mapped to offerings, and the mappings there are. */
export const aliasRoutes: FastifyPluginAsync<Desk> = async (app, desk) => {
  app.get<{ Querystring: Form }>('/aliases', async (request, reply) => {
    if (!maySee(request.desk.who, 'sources')) return sendForbidden(reply, request.desk)
    const n = textOf(request.query.n)
    return show(request, reply, textOf(request.query.source), {
      told: textOf(request.query.told),
      n: /^\d{1,6}$/.test(n) ? Number(n) : 0,
    })
  })

  app.post('/aliases', async (request, reply) => {
    desk.refuseForeign(request)
    if (!mayDo(request.desk.who, 'tend_intake')) return sendForbidden(reply, request.desk)
    const form = request.body as Form
    // Source and activity, since the list shows several sources; an IRI has no blank.
    const chosen = listOf(form.activity).map((one) => ({ source: one.slice(0, 36), activity: one.slice(37) }))
    const [first] = chosen
    const shown = textOf(form.shown)
    const [offering, reason] = [textOf(form.offering), textOf(form.why)]
    if (!first || !isId(first.source) || !offering || !reason) return back(reply, shown, { told: 'nothing' })
    if (chosen.some(({ source }) => source !== first.source)) return back(reply, shown, { told: 'oneSource' })
    const body = { activities: chosen.map(({ activity }) => activity), offering, reason }
    const bridge = await desk.bridge(request.desk.who)
    const wish = { body, patienceMs: 60_000 }
    const done = await orRefusal(bridge.send<{ added: number }>(`/api/sources/${first.source}/aliases`, wish))
    if (done instanceof BridgeRefused) return show(request, reply, shown, { refusal: done, given: form })
    return back(
      reply,
      shown,
      done.added > 0 ? { told: 'mapped', n: String(done.added) } : { told: 'already' },
    )
  })

  app.post('/aliases/remove', async (request, reply) => {
    desk.refuseForeign(request)
    if (!mayDo(request.desk.who, 'tend_intake')) return sendForbidden(reply, request.desk)
    const form = request.body as Form
    const source = textOf(form.source)
    const body = { activity: String(form.activity ?? ''), reason: textOf(form.why) }
    const bridge = await desk.bridge(request.desk.who)
    const path = `/api/sources/${encodeURIComponent(source)}/aliases/remove`
    const done = await orRefusal(bridge.send<object>(path, { body }))
    if (done instanceof BridgeRefused) return show(request, reply, source, { refusal: done })
    return back(reply, source, { told: 'removed' })
  })

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    asked: string,
    more: { told?: string; n?: number; refusal?: BridgeRefused; given?: Form },
  ): Promise<FastifyReply> {
    const { who, lang } = request.desk
    const bridge = await desk.bridge(who)
    const { sources } = await bridge.get<{ sources: SourceShown[] }>('/api/sources')
    const source = sources.find(({ source_id }) => source_id === asked) ?? null
    const { items, capped } = await unknownActivities(bridge)
    const aliases = source
      ? (await bridge.get<{ aliases: AliasShown[] }>(`/api/sources/${source.source_id}/aliases`)).aliases
      : null
    const body = (
      <AliasesPage
        frame={request.desk}
        sources={sources}
        source={source}
        unmapped={grouped(items, sources).filter((one) => !source || one.sourceId === source.source_id)}
        capped={capped ? most.looked : null}
        aliases={aliases}
        {...more}
      />
    )
    const title = aliasesText(lang)('title')
    return sendIntake(reply, request.desk, { tab: 'aliases', title, body, status: more.refusal ? 422 : 200 })
  }
}

/** What waits for a mapping, oldest first, so far as one page looks. */
async function unknownActivities(bridge: Bridge): Promise<{ items: WaitingShown[]; capped: boolean }> {
  const items: WaitingShown[] = []
  for (let after = 0; items.length < most.looked; ) {
    const page = await bridge.queue({ reason: 'ACTIVITY_UNKNOWN', after, size: most.page })
    items.push(...page.items)
    const last = page.items.at(-1)
    if (!last || page.items.length < most.page) return { items, capped: false }
    after = last.seq
  }
  return { items, capped: true }
}

/** By source and activity, what most wait for first. */
function grouped(items: WaitingShown[], sources: SourceShown[]): Unmapped[] {
  const ids = new Map(sources.map(({ source_id, name }) => [name, source_id]))
  const found = new Map<string, Unmapped>()
  for (const { source, activity_id: activity, suggestions } of items) {
    const sourceId = ids.get(source)
    if (!activity || !sourceId) continue
    const key = `${sourceId} ${activity}`
    const one = found.get(key) ?? { key, sourceId, source, activity, waiting: 0, suggestions }
    found.set(key, { ...one, waiting: one.waiting + 1 })
  }
  return [...found.values()].sort((one, other) => other.waiting - one.waiting)
}

function back(reply: FastifyReply, source: string, told: Record<string, string>): FastifyReply {
  const query = new URLSearchParams({ ...(isId(source) ? { source } : {}), ...told })
  return reply.redirect(`/desk/aliases?${query}`, 303)
}
