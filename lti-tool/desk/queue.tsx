import type { FastifyPluginAsync } from 'fastify'
import { z } from 'zod'
import { isoOf } from '../../foundation/time.ts'
import { actorOf } from '../../ledger/access/role.ts'
import { exceptionsOf, type OpenException } from '../../ledger/books/exceptions.ts'
import { linkTeacher } from '../../ledger/roster/link-file.ts'
import { Badge, Card, CsrfField, DataTable, Notice, TextField } from '../web/components.tsx'
import {
  type Bridge,
  BridgeRefused,
  BridgeUnreachable,
  type QueueShown,
  type WaitingShown,
} from './bridge.ts'
import type { Desk } from './desk.ts'
import { type DeskFrame, type DeskSay, sendDesk, sendForbidden, shownInstant } from './frame.tsx'
import { Technical } from './intake/said.tsx'
import { explained, isReleasable, type WaitingCode, waitingCodes } from './reasons.ts'
import { mayDo, maySee } from './who.ts'

const pageSize = 50

const decision = z.object({
  deed: z.enum(['release', 'dismiss', 'reverse', 'keep']),
  code: z.enum(waitingCodes),
  item: z.preprocess(
    (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]),
    z.array(z.uuid()).min(1).max(pageSize),
  ),
  why: z.string().trim().min(1).max(500),
})
const linking = z.object({
  home_page: z.string().trim().min(1).max(1000),
  name: z.string().trim().min(1).max(1000),
  teacher_no: z.string().trim().min(1).max(100),
})

interface Asked {
  reason?: string
  after?: string
  done?: string
  told?: string
}

/** What the page before told, by the word in its address. */
const tellings = {
  chosen: ['warn', 'nothingChosen'],
  stale: ['warn', 'refusedAll'],
  linked: ['good', 'linkDone'],
  known: ['info', 'linkKnown'],
  taken: ['warn', 'linkTaken'],
  fields: ['warn', 'linkFields'],
} as const

/** Completions that wait for a person or a further fact, and the work items of the book. */
export const queueRoutes: FastifyPluginAsync<Desk> = async (app, desk) => {
  app.get<{ Querystring: Asked }>('/queue', async (request, reply) => {
    const { who, say } = request.desk
    if (!maySee(who, 'queue')) return sendForbidden(reply, request.desk)
    const reason = waitingCodes.find((code) => code === request.query.reason)
    const after = /^\d{1,15}$/.test(request.query.after ?? '') ? Number(request.query.after) : 0
    const queue = await shownQueue(await desk.bridge(who), { reason, after, size: pageSize })
    const body = (
      <div class="stack">
        <Told say={say} query={request.query} />
        {queue === null ? (
          <Notice tone="warn" title={say('unreachable')}>
            <p>{say('unreachableLead')}</p>
          </Notice>
        ) : (
          <Waiting frame={request.desk} queue={queue} reason={reason} />
        )}
        <Exceptions frame={request.desk} rows={await exceptionsOf(desk.db, { size: 200 })} />
      </div>
    )
    return sendDesk(reply, request.desk, { room: 'queue', title: say('queueTitle'), body })
  })

  app.post('/queue', async (request, reply) => {
    desk.refuseForeign(request)
    const { who } = request.desk
    if (!mayDo(who, 'decide_queue')) return sendForbidden(reply, request.desk)
    const given = decision.safeParse(request.body)
    const code = (request.body as { code?: unknown }).code
    const reason = waitingCodes.find((one) => one === code)
    const back = (told: Record<string, string>) =>
      reply.redirect(`/desk/queue?${new URLSearchParams({ ...(reason ? { reason } : {}), ...told })}`, 303)
    if (!given.success) return back({ told: 'chosen' })
    const { deed, item, why } = given.data
    const bridge = await desk.bridge(who)
    const done =
      deed === 'release' || deed === 'dismiss'
        ? await bridge.decide(deed, { code: given.data.code, item_ids: item, reason: why })
        : await decideVoids(bridge, item, deed, why)
    return back(done > 0 ? { done: String(done) } : { told: 'stale' })
  })

  app.post('/queue/link', async (request, reply) => {
    desk.refuseForeign(request)
    const { who } = request.desk
    if (!mayDo(who, 'link')) return sendForbidden(reply, request.desk)
    const back = (told: keyof typeof tellings) =>
      reply.redirect(`/desk/queue?${new URLSearchParams({ reason: 'ACTOR_UNKNOWN', told })}`, 303)
    const given = linking.safeParse(request.body)
    if (!given.success) return back('fields')
    const { home_page: homePage, name, teacher_no: teacherNo } = given.data
    const { outcome } = await linkTeacher(desk, {
      teacherNo: teacherNo.normalize('NFC'),
      identifier: { kind: 'account', homePage, name },
      actor: actorOf(who),
      reason: 'desk',
    })
    return back(outcome)
  })
}

/** The queue as the bridge shows it; null while the bridge is away. */
async function shownQueue(bridge: Bridge, ask: Parameters<Bridge['queue']>[0]): Promise<QueueShown | null> {
  try {
    return await bridge.queue(ask)
  } catch (error) {
    if (error instanceof BridgeUnreachable) return null
    throw error
  }
}

async function decideVoids(
  bridge: Bridge,
  itemIds: string[],
  verdict: 'reverse' | 'keep',
  reason: string,
): Promise<number> {
  let done = 0
  for (const item_id of itemIds) {
    try {
      done += await bridge.decide('voids', { item_id, verdict, reason })
    } catch (error) {
      // Somebody else was faster with this one; the others still wait.
      if (!(error instanceof BridgeRefused) || error.code !== 'item-decided') throw error
    }
  }
  return done
}

function Told({ say, query }: { say: DeskSay; query: Asked }) {
  const [tone, text] = tellings[query.told as keyof typeof tellings] ?? []
  const done = /^\d{1,4}$/.test(query.done ?? '') ? Number(query.done) : 0
  return (
    <>
      {tone && text && <Notice tone={tone}>{say(text)}</Notice>}
      {done > 0 && <Notice tone="good">{say('decided', { done })}</Notice>}
    </>
  )
}

interface WaitingProps {
  frame: DeskFrame
  queue: QueueShown
  reason: WaitingCode | undefined
}

function Waiting({ frame, queue, reason }: WaitingProps) {
  const { say, who } = frame
  const last = queue.items.length === pageSize ? queue.items.at(-1) : undefined
  const more = new URLSearchParams({ ...(reason ? { reason } : {}), after: String(last?.seq ?? 0) })
  return (
    <>
      <p>
        {say('queueLead')} {say(queue.settled ? 'settled' : 'moving')}
      </p>
      <Reasons say={say} counts={queue.counts} chosen={reason} />
      {reason && <Notice title={explained(say, reason).title}>{explained(say, reason).advice}</Notice>}
      {reason === 'ACTIVITY_UNKNOWN' && maySee(who, 'sources') && (
        <p>
          <a href="/desk/aliases">{say('toAliases')}</a>
        </p>
      )}
      <p class="small soft">{say('total', { total: queue.total })}</p>
      <Items frame={frame} items={queue.items} reason={reason} />
      {last && (
        <p>
          <a class="button" href={`/desk/queue?${more}`}>
            {say('more')}
          </a>
        </p>
      )}
      {mayDo(who, 'decide_queue') && queue.items.length > 0 && (
        <Deciding frame={frame} items={queue.items} reason={reason} />
      )}
      {mayDo(who, 'link') && (reason === undefined || reason === 'ACTOR_UNKNOWN') && (
        <Linking frame={frame} />
      )}
    </>
  )
}

function Reasons(props: { say: DeskSay; counts: Record<string, number>; chosen: WaitingCode | undefined }) {
  const { say, counts, chosen } = props
  const present = waitingCodes.filter((code) => code === chosen || (counts[code] ?? 0) > 0)
  if (present.length === 0) return null
  return (
    <nav aria-label={say('reason')}>
      <ul class="segments">
        <li>
          <a href="/desk/queue" {...(chosen ? {} : { 'aria-current': 'true' })}>
            {say('all')}
          </a>
        </li>
        {present.map((code) => (
          <li key={code}>
            <a href={`/desk/queue?reason=${code}`} {...(chosen === code ? { 'aria-current': 'true' } : {})}>
              {`${explained(say, code).title} ${counts[code] ?? 0}`}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function Items(props: { frame: DeskFrame; items: WaitingShown[]; reason: WaitingCode | undefined }) {
  const { frame, items, reason } = props
  const { say, lang, who } = frame
  const mayTick = reason !== undefined && mayDo(who, 'decide_queue')
  return (
    <DataTable<WaitingShown>
      caption={say('queueTitle')}
      captionHidden
      empty={say('noQueue')}
      rows={items}
      rowKey={({ item_id }) => item_id}
      columns={[
        ...(mayTick
          ? [
              {
                label: say('choose'),
                cell: ({ item_id, teacher_hint }: WaitingShown) => (
                  <input
                    type="checkbox"
                    name="item"
                    value={item_id}
                    form="decide"
                    aria-label={say('chooseOf', { what: teacher_hint })}
                  />
                ),
              },
            ]
          : []),
        {
          label: say('teacherHint'),
          heading: true,
          cell: (item) => <Person frame={frame} item={item} />,
        },
        { label: say('offeringHint'), cell: ({ offering_hint }) => offering_hint },
        { label: say('source'), cell: ({ source }) => source },
        {
          label: say('reason'),
          cell: ({ reason: code, detail }) => (
            <>
              <span title={code}>{explained(say, code).title}</span>
              {reason === undefined && <div class="small">{explained(say, code).advice}</div>}
              {code !== 'ACTOR_UNKNOWN' && <Technical lang={lang} text={detail} />}
            </>
          ),
        },
        { label: say('since'), nowrap: true, cell: ({ since }) => shownInstant(since, lang) },
      ]}
    />
  )
}

/** Who it is about; an account that nobody is linked to can be linked right here. */
function Person({ frame: { say, csrf, who }, item }: { frame: DeskFrame; item: WaitingShown }) {
  const account = item.reason === 'ACTOR_UNKNOWN' && mayDo(who, 'link') ? accountIn(item.teacher_hint) : null
  return (
    <>
      {item.teacher_hint || '—'} {item.is_claim && <Badge tone="info">{say('claims')}</Badge>}
      {account && (
        <details>
          <summary>{say('link')}</summary>
          <form method="post" action="/desk/queue/link" class="stack">
            <CsrfField token={csrf} />
            <input type="hidden" name="home_page" value={account.homePage} />
            <input type="hidden" name="name" value={account.name} />
            <label>
              {say('teacherNo')} <input type="text" name="teacher_no" required maxLength={100} />
            </label>
            <button type="submit">{say('link')}</button>
          </form>
        </details>
      )}
    </>
  )
}

/** Account and home page out of a hint as the bridge writes it; null for other identifiers and where it was cut. */
function accountIn(hint: string): { name: string; homePage: string } | null {
  if (hint.length >= 200) return null
  const [, name, homePage] = /^(.+) @ ([a-z][a-z0-9+.-]*:\S+)$/i.exec(hint) ?? []
  return name && homePage ? { name, homePage } : null
}

function Deciding(props: { frame: DeskFrame; items: WaitingShown[]; reason: WaitingCode | undefined }) {
  const { say, csrf } = props.frame
  const { items, reason } = props
  if (!reason) return <p class="small soft">{say('chooseReason')}</p>
  const hasClaims = items.some(({ is_claim }) => is_claim)
  const hasOthers = items.some(({ is_claim }) => !is_claim)
  const deeds = [
    ...(isReleasable(reason) && hasOthers ? (['release'] as const) : []),
    ...(hasOthers ? (['dismiss'] as const) : []),
    ...(hasClaims ? (['reverse', 'keep'] as const) : []),
  ]
  return (
    <Card title={say('decisionTitle')}>
      <form id="decide" method="post" action="/desk/queue" class="stack">
        <CsrfField token={csrf} />
        <input type="hidden" name="code" value={reason} />
        <TextField name="why" label={say('why')} input={{ required: true, maxLength: 500 }} />
        <div class="row">
          {deeds.map((deed) => (
            <button
              key={deed}
              type="submit"
              name="deed"
              value={deed}
              class={deed === 'dismiss' || deed === 'reverse' ? 'danger' : 'primary'}
            >
              {say(deed)}
            </button>
          ))}
        </div>
      </form>
    </Card>
  )
}

function Linking({ frame: { say, csrf } }: { frame: DeskFrame }) {
  return (
    <Card title={say('link')}>
      <p>{say('linkLead')}</p>
      <form method="post" action="/desk/queue/link" class="stack">
        <CsrfField token={csrf} />
        <div class="grid">
          <TextField
            name="home_page"
            label={say('linkHomePage')}
            input={{ required: true, maxLength: 1000 }}
          />
          <TextField name="name" label={say('linkName')} input={{ required: true, maxLength: 1000 }} />
          <TextField name="teacher_no" label={say('teacherNo')} input={{ required: true, maxLength: 100 }} />
        </div>
        <div class="row">
          <button type="submit" class="primary">
            {say('link')}
          </button>
        </div>
      </form>
    </Card>
  )
}

function Exceptions({ frame: { say, lang }, rows }: { frame: DeskFrame; rows: OpenException[] }) {
  return (
    <Card title={say('exceptions')} id="exceptions">
      <DataTable<OpenException>
        caption={say('exceptions')}
        captionHidden
        empty={say('noExceptions')}
        rows={rows}
        rowKey={({ exceptionId }) => exceptionId}
        columns={[
          {
            label: say('reason'),
            heading: true,
            cell: ({ kind, detail }) => (
              <>
                <span title={kind}>{explained(say, kind).title}</span>
                {detail && <div class="small soft">{detail}</div>}
              </>
            ),
          },
          { label: say('toDo'), cell: ({ kind }) => explained(say, kind).advice },
          { label: say('teacherNo'), nowrap: true, cell: ({ teacherNo }) => teacherNo ?? '—' },
          { label: say('offering'), cell: ({ offeringCode }) => offeringCode ?? '—' },
          { label: say('source'), cell: ({ sourceName }) => sourceName ?? '—' },
          { label: say('since'), nowrap: true, cell: ({ openedAt }) => shownInstant(isoOf(openedAt), lang) },
        ]}
      />
    </Card>
  )
}
