import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { ExpectedError } from '../../../foundation/errors.ts'
import { dayOf } from '../../../foundation/time.ts'
import { actorOf } from '../../../ledger/access/role.ts'
import { scoreGaugesOf } from '../../scores/gauges.ts'
import { lineItemRules } from '../../scores/lane.ts'
import { platformScores, scoreLists } from '../../scores/list.ts'
import { chooseLineItem, resumeScores, retryScores, setLineItemRule } from '../../scores/manage.ts'
import { Notice, type Tone } from '../../web/components.tsx'
import type { Desk } from '../desk.ts'
import { sendDesk, sendForbidden } from '../frame.tsx'
import { mayDo, maySee } from '../who.ts'
import { scoresText } from './scores-messages.ts'
import { Platforms, Rejected, Sought } from './scores-page.tsx'

const tones = {
  retried: 'good',
  resumed: 'good',
  set: 'good',
  chosen: 'good',
  refused: 'warn',
} as const satisfies Record<string, Tone>
type Told = keyof typeof tones

const retried = z.object({ score: z.uuid().optional(), platform: z.uuid().optional() })
const ruled = z.object({ platform: z.uuid(), rule: z.enum(lineItemRules) })
const resumed = z.object({ platform: z.uuid() })
const chosen = z.object({ sought: z.uuid(), line_item: z.string().min(1).max(2048) })

/** How scores go to the gradebooks of platforms, and what waits for a person. */
export const scoreRoutes: FastifyPluginAsync<Desk> = async (app, desk) => {
  const stopGauges = scoreGaugesOf(desk)
  app.addHook('onClose', async () => stopGauges())

  app.get<{ Querystring: { told?: string; n?: string } }>('/scores', async (request, reply) => {
    const { who, lang } = request.desk
    if (!maySee(who, 'scores')) return sendForbidden(reply, request.desk)
    const say = scoresText(lang)
    const { db, now, config } = desk
    const today = dayOf(now(), config.timeZone)
    const platforms = await platformScores(db)
    const { scores, total, lineItems } = await scoreLists(db, { state: 'rejected', limit: 200, today })
    const told = (Object.keys(tones) as Told[]).find((word) => word === request.query.told)
    const n = /^\d{1,9}$/.test(request.query.n ?? '') ? Number(request.query.n) : 0
    const mayTend = mayDo(who, 'tend_platforms')
    const body = (
      <div class="stack">
        {told && <Notice tone={tones[told]}>{say(`told_${told}`, { n })}</Notice>}
        <p>{say('lead')}</p>
        <Platforms frame={request.desk} say={say} platforms={platforms} mayTend={mayTend} />
        <Sought frame={request.desk} say={say} items={lineItems} mayTend={mayTend} />
        <Rejected frame={request.desk} say={say} scores={scores} total={total} mayTend={mayTend} />
      </div>
    )
    return sendDesk(reply, request.desk, { room: 'scores', title: say('title'), body })
  })

  app.post('/scores/retry', (request, reply) =>
    act(request, reply, retried, async ({ score, platform }, actor) => {
      const scoreIds = score === undefined ? undefined : [score]
      return { told: 'retried', n: await retryScores(desk, { scoreIds, registrationId: platform }, actor) }
    }),
  )
  app.post('/scores/resume', (request, reply) =>
    act(request, reply, resumed, async ({ platform }, actor) => {
      await resumeScores(desk, platform, actor)
      return { told: 'resumed' }
    }),
  )
  app.post('/scores/line-items', (request, reply) =>
    act(request, reply, ruled, async ({ platform, rule }, actor) => {
      await setLineItemRule(desk, platform, rule, actor)
      return { told: 'set' }
    }),
  )
  app.post('/scores/choose', (request, reply) =>
    act(request, reply, chosen, async ({ sought, line_item }, actor) => {
      await chooseLineItem(desk, sought, line_item, actor)
      return { told: 'chosen' }
    }),
  )

  /** One deed of a form: whoever may, says what; what has changed meanwhile is told and not an error. */
  async function act<T>(
    request: FastifyRequest,
    reply: FastifyReply,
    schema: z.ZodType<T>,
    deed: (given: T, actor: string) => Promise<{ told: Told; n?: number }>,
  ): Promise<FastifyReply> {
    desk.refuseForeign(request)
    const { who } = request.desk
    if (!mayDo(who, 'tend_platforms')) return sendForbidden(reply, request.desk)
    const given = schema.safeParse(request.body)
    const { told, n } = given.success
      ? await deed(given.data, actorOf(who)).catch(refused)
      : { told: 'refused' as const, n: undefined }
    const query = new URLSearchParams({ told, ...(n === undefined ? {} : { n: String(n) }) })
    return reply.redirect(`/desk/scores?${query}`, 303)
  }
}

function refused(error: unknown): { told: Told; n?: number } {
  if (error instanceof ExpectedError) return { told: 'refused' }
  throw error
}
