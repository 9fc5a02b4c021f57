import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { DataTable } from '../../web/components.tsx'
import { BridgeRefused, BridgeUnreachable } from '../bridge.ts'
import type { Desk } from '../desk.ts'
import { sendForbidden } from '../frame.tsx'
import { readUpload } from '../upload.ts'
import { mayDo, maySee } from '../who.ts'
import type { ReadAsShown, RuleVersionShown, SourceShown, TrialShown } from './answers.ts'
import { sendIntake, textOf } from './intake.tsx'
import { rulesText } from './rules-messages.ts'
import { type RulesGiven, RulesPage } from './rules-page.tsx'
import { orRefusal } from './said.tsx'

interface Params {
  source: string
}

type Form = Record<string, unknown>

/** How large a rule file may be, as a form. */
const bodyLimit = 2 * 1024 * 1024
/** How long a page waits for a trial over stored statements, in milliseconds. */
const trialPatienceMs = 120_000

/** Rules of each source: versions, trials over stored statements, proposals, and the decision of a second person. */
export const rulesRoutes: FastifyPluginAsync<Desk> = async (app, desk) => {
  app.get('/rules', async (request, reply) => {
    if (!maySee(request.desk.who, 'sources')) return sendForbidden(reply, request.desk)
    const say = rulesText(request.desk.lang)
    const { sources } = await sourcesFor(request)
    const body = (
      <>
        <p>{say('lead')}</p>
        <DataTable<SourceShown>
          caption={say('title')}
          captionHidden
          empty={say('noSources')}
          rows={sources}
          rowKey={({ source_id }) => source_id}
          columns={[
            {
              label: say('source'),
              heading: true,
              cell: ({ source_id, name }) => <a href={`/desk/rules/${source_id}`}>{name}</a>,
            },
            { label: say('preset'), cell: ({ preset }) => <code>{preset}</code> },
          ]}
        />
      </>
    )
    return sendIntake(reply, request.desk, { tab: 'rules', title: say('title'), body })
  })

  app.get<{ Params: Params; Querystring: Form }>('/rules/:source', async (request, reply) => {
    if (!maySee(request.desk.who, 'sources')) return sendForbidden(reply, request.desk)
    const n = textOf(request.query.n)
    return show(request, reply, { told: textOf(request.query.told), n: /^\d{1,6}$/.test(n) ? Number(n) : 0 })
  })

  // A trial writes nothing, but it reads much: for who may change the rules.
  app.post<{ Params: Params }>('/rules/:source', { bodyLimit }, async (request, reply) => {
    if (!mayDo(request.desk.who, 'tend_intake')) return sendForbidden(reply, request.desk)
    const file = request.isMultipart() ? (await readUpload(request)).files[0] : undefined
    desk.refuseForeign(request)
    const form = request.body as Form
    const given: RulesGiven = {
      rules: file ? Buffer.from(file.bytes).toString() : String(form.rules ?? ''),
      from: textOf(form.from),
      why: textOf(form.why),
    }
    const { name } = await sourceOf(request)
    const bridge = await desk.bridge(request.desk.who)
    if (form.step === 'propose') {
      if (!given.from || !given.why) return show(request, reply, { given, told: 'needs' })
      const body = { source: name, rules: given.rules, from: given.from, reason: given.why }
      const made = await orRefusal(bridge.send<RuleVersionShown>('/api/rules', { body }))
      if (made instanceof BridgeRefused) return show(request, reply, { given, refusal: made })
      return back(reply, request, { told: 'proposed', n: String(made.version) })
    }
    return tryIt(request, reply, name, given)
  })

  app.post<{ Params: Params }>('/rules/:source/decide', async (request, reply) => {
    desk.refuseForeign(request)
    if (!mayDo(request.desk.who, 'tend_intake')) return sendForbidden(reply, request.desk)
    const form = request.body as Form
    const { name } = await sourceOf(request)
    const bridge = await desk.bridge(request.desk.who)
    const version = Number(textOf(form.version))
    if (form.verdict === 'try') {
      const query = new URLSearchParams({ source: name, version: String(version) })
      const { rules } = await bridge.get<{ rules: string }>(`/api/rules/document?${query}`)
      return tryIt(request, reply, name, { rules, from: textOf(form.from), why: '' })
    }
    const body = { source: name, version, verdict: form.verdict, reason: textOf(form.why) }
    const done = await orRefusal(bridge.send<RuleVersionShown>('/api/rules/decide', { body }))
    if (done instanceof BridgeRefused) return show(request, reply, { refusal: done })
    return back(reply, request, { told: 'decided', n: String(done.version) })
  })

  async function tryIt(request: FastifyRequest, reply: FastifyReply, source: string, given: RulesGiven) {
    const bridge = await desk.bridge(request.desk.who)
    const body = { source, rules: given.rules, ...(given.from ? { from: given.from } : {}) }
    try {
      const wish = { body, patienceMs: trialPatienceMs }
      const trial = await orRefusal(bridge.send<TrialShown>('/api/rules/try', wish))
      return show(request, reply, {
        given,
        ...(trial instanceof BridgeRefused ? { refusal: trial } : { trial }),
      })
    } catch (error) {
      if (!(error instanceof BridgeUnreachable)) throw error
      return show(request, reply, { given, told: 'slow' })
    }
  }

  async function sourcesFor(request: FastifyRequest) {
    return (await desk.bridge(request.desk.who)).get<{ sources: SourceShown[] }>('/api/sources')
  }

  async function sourceOf(request: FastifyRequest): Promise<SourceShown> {
    const { source } = request.params as Params
    return (await desk.bridge(request.desk.who)).get<SourceShown>(
      `/api/sources/${encodeURIComponent(source)}`,
    )
  }

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    more: { told?: string; n?: number; given?: RulesGiven; refusal?: BridgeRefused; trial?: TrialShown },
  ): Promise<FastifyReply> {
    const bridge = await desk.bridge(request.desk.who)
    const source = await sourceOf(request)
    const load = textOf((request.query as Form).load)
    const version: Record<string, string> = /^\d{1,6}$/.test(load) ? { version: load } : {}
    const query = new URLSearchParams({ source: source.name })
    const { versions, read_as } = await bridge.get<{
      versions: RuleVersionShown[]
      read_as: ReadAsShown[]
    }>(`/api/rules?${query}`)
    const loaded =
      load === ''
        ? null
        : await bridge.get<{ rules: string }>(
            `/api/rules/document?${new URLSearchParams({ source: source.name, ...version })}`,
          )
    const body = (
      <RulesPage
        frame={request.desk}
        source={source}
        versions={versions}
        readAs={read_as}
        {...more}
        given={more.given ?? (loaded ? { rules: loaded.rules, from: '', why: '' } : undefined)}
      />
    )
    const title = rulesText(request.desk.lang)('of', { source: source.name })
    return sendIntake(reply, request.desk, { tab: 'rules', title, body, status: more.refusal ? 422 : 200 })
  }
}

function back(reply: FastifyReply, request: FastifyRequest, told: Record<string, string>): FastifyReply {
  const { source } = request.params as Params
  return reply.redirect(`/desk/rules/${encodeURIComponent(source)}?${new URLSearchParams(told)}`, 303)
}
