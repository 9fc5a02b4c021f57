import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { Badge, DataTable, Notice, type Tone } from '../../web/components.tsx'
import { BridgeRefused, BridgeUnreachable } from '../bridge.ts'
import type { Desk } from '../desk.ts'
import { type DeskFrame, sendForbidden, shownInstant } from '../frame.tsx'
import { explained } from '../reasons.ts'
import { mayDo, maySee } from '../who.ts'
import type { NewCredential, SourceShown } from './answers.ts'
import { linesOf, sendIntake, shownShare, shownSpan, textOf } from './intake.tsx'
import { NewSecret } from './new-secret.tsx'
import { orRefusal, Refusal } from './said.tsx'
import { Register, type RegisterGiven } from './source-register.tsx'
import { type SourcesSay, sourcesText } from './sources-messages.ts'

const tones: Record<string, Tone> = { live: 'good', trial: 'info', paused: 'warn', revoked: 'plain' }

/** All sources with their health (接入状态), and the registration of a further one. */
export const sourceListRoutes: FastifyPluginAsync<Desk> = async (app, desk) => {
  app.get('/sources', async (request, reply) => {
    if (!maySee(request.desk.who, 'sources')) return sendForbidden(reply, request.desk)
    return show(request, reply, {})
  })

  app.post('/sources', async (request, reply) => {
    desk.refuseForeign(request)
    if (!mayDo(request.desk.who, 'tend_intake')) return sendForbidden(reply, request.desk)
    const form = request.body as Record<string, unknown>
    const given = {
      name: textOf(form.name),
      preset: textOf(form.preset),
      homePages: linesOf(form.home_pages),
      state: textOf(form.state),
    }
    const bridge = await desk.bridge(request.desk.who)
    const body = {
      name: given.name,
      preset: given.preset,
      actor_home_pages: given.homePages,
      state: given.state,
    }
    const made = await orRefusal(bridge.send<NewCredential>('/api/sources', { body }))
    return made instanceof BridgeRefused
      ? show(request, reply, { given, refusal: made })
      : show(request, reply, { made })
  })

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    more: { given?: RegisterGiven; refusal?: BridgeRefused; made?: NewCredential },
  ): Promise<FastifyReply> {
    const { who, lang, say: deskSay } = request.desk
    const say = sourcesText(lang)
    const sources = await listed(await desk.bridge(who))
    const body =
      sources === null ? (
        <Notice tone="warn" title={deskSay('unreachable')}>
          <p>{deskSay('unreachableLead')}</p>
        </Notice>
      ) : (
        <>
          {more.made && (
            <NewSecret lang={lang} made={more.made} href={`/desk/sources/${more.made.source_id}`} />
          )}
          {more.refusal && <Refusal lang={lang} refusal={more.refusal} />}
          <Sources frame={request.desk} say={say} sources={sources} />
          {mayDo(who, 'tend_intake') && <Register frame={request.desk} say={say} given={more.given} />}
        </>
      )
    const status = more.refusal ? 422 : 200
    return sendIntake(reply, request.desk, { tab: 'sources', title: say('title'), body, status })
  }
}

/** All sources; null while the bridge is away. */
async function listed(bridge: Awaited<ReturnType<Desk['bridge']>>): Promise<SourceShown[] | null> {
  try {
    return (await bridge.get<{ sources: SourceShown[] }>('/api/sources')).sources
  } catch (error) {
    if (error instanceof BridgeUnreachable) return null
    throw error
  }
}

function Sources(props: { frame: DeskFrame; say: SourcesSay; sources: SourceShown[] }) {
  const { frame, say, sources } = props
  const { lang } = frame
  return (
    <DataTable<SourceShown>
      caption={say('title')}
      captionHidden
      empty={say('noSources')}
      rows={sources}
      rowKey={({ source_id }) => source_id}
      columns={[
        {
          label: say('name'),
          heading: true,
          cell: ({ source_id, name, preset }) => (
            <>
              <a href={`/desk/sources/${source_id}`}>{name}</a>
              <div class="small soft">{preset}</div>
            </>
          ),
        },
        { label: say('state'), cell: (source) => <SourceState frame={frame} source={source} /> },
        {
          label: say('lastPush'),
          cell: (source) => (
            <>
              {shownInstant(source.last_push_at, lang) ?? say('never')}
              <Silence frame={frame} say={say} source={source} />
            </>
          ),
        },
        { label: say('accepted'), numeric: true, cell: ({ accepted }) => accepted },
        { label: say('duplicate'), numeric: true, cell: ({ duplicate }) => duplicate },
        { label: say('refused'), numeric: true, cell: ({ refused }) => refused },
        { label: say('conflict'), numeric: true, cell: ({ conflict }) => conflict },
        {
          label: say('errorRate'),
          numeric: true,
          cell: ({ error_rate }) => (error_rate === null ? '—' : shownShare(error_rate)),
        },
        {
          label: say('delivery'),
          cell: (source) => (
            <>
              {shownDelivery(source, lang)}
              <Unread frame={frame} say={say} source={source} />
            </>
          ),
        },
        { label: say('waiting'), cell: (source) => <Waiting frame={frame} say={say} source={source} /> },
      ]}
    />
  )
}

/** The state of a source, and what is wrong with it. */
export function SourceState({ frame, source }: { frame: DeskFrame; source: SourceShown }) {
  const say = sourcesText(frame.lang)
  const { state, alarms } = source
  return (
    <>
      <Badge tone={tones[state] ?? 'plain'}>{frame.say(stateText(state))}</Badge>
      {alarms.map(({ kind }) => (
        <div class="small" key={kind}>
          <Badge tone="warn">{alarmText(say, kind)}</Badge>
        </div>
      ))}
    </>
  )
}

/** An alarm in words; one that these pages do not know as it is. */
export function alarmText(say: SourcesSay, kind: string): string {
  const known = (['silent', 'refusals', 'waiting', 'expiry'] as const).find((one) => one === kind)
  return known ? say(`alarm_${known}`) : kind
}

function stateText(state: string): 'state_live' | 'state_trial' | 'state_paused' | 'state_revoked' {
  if (state === 'trial' || state === 'paused' || state === 'revoked') return `state_${state}`
  return 'state_live'
}

/** How long nothing came, where that is longer than usual. */
export function Silence(props: { frame: DeskFrame; say: SourcesSay; source: SourceShown }) {
  const { frame, say, source } = props
  const { is_silent, silent_hours: silent, usual_pause_hours: usual } = source
  if (!is_silent || silent === null) return null
  const span = (hours: number) => ({ span: shownSpan(hours * 3600, frame.lang) })
  return (
    <div class="small warn-ink">
      {say('silentFor', span(silent))}
      {usual !== null && ` · ${say('usualPause', span(usual))}`}
    </div>
  )
}

/** Median and 95th percentile of how late pushes come; a dash where no push of late says so. */
export function shownDelivery(source: SourceShown, lang: DeskFrame['lang']): string {
  const { p50, p95 } = source.delivery_lag_seconds
  return p50 === null || p95 === null ? '—' : `${shownSpan(p50, lang)} / ${shownSpan(p95, lang)}`
}

/** How many seconds the oldest statement has waited to be read; 0 where none does. */
export function unreadSeconds({ unread_since: since }: SourceShown): number {
  return since === null ? 0 : Math.max(0, (Date.now() - Date.parse(since)) / 1000)
}

/** That statements wait for the worker, once that takes longer than usual. */
function Unread({ frame, say, source }: { frame: DeskFrame; say: SourcesSay; source: SourceShown }) {
  const seconds = unreadSeconds(source)
  if (seconds < 60) return null
  return <div class="small warn-ink">{say('unreadFor', { span: shownSpan(seconds, frame.lang) })}</div>
}

function Waiting({ frame, say, source }: { frame: DeskFrame; say: SourcesSay; source: SourceShown }) {
  if (source.waiting.length === 0) return <>—</>
  return (
    <ul class="plain-list small">
      {source.parked_people > 0 && <li>{say('parkedPeople', { n: source.parked_people })}</li>}
      {source.waiting.map(({ code, completions }) => (
        <li key={code}>{say('waitingLine', { code: explained(frame.say, code).title, n: completions })}</li>
      ))}
    </ul>
  )
}
