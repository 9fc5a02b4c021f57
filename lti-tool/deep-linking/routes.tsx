import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { dayOf } from '../../foundation/time.ts'
import type { OfferingInfo } from '../../ledger/catalogue/offering.ts'
import { sendLaunchPage } from '../launch/launch-page.ts'
import { closeLinkRequest, type LinkRequest, linkRequestOf } from '../launch/link-request.ts'
import { pagePolicy } from '../launch/page-headers.ts'
import { LaunchRefused } from '../launch/refusal.ts'
import { registrationById } from '../launch/registration.ts'
import { csrfToken } from '../launch/session.ts'
import { signLinks } from '../lti-services/deep-link.ts'
import { type Lang, langOf } from '../web/messages.ts'
import { sendHtml } from '../web/page.tsx'
import { answerPage, NothingToChoose, ReviewBody } from './answer-page.tsx'
import { type Asked, askedFrom, chosenAmong, type Fields, queryWith } from './choice.ts'
import { contentItemOf } from './item.ts'
import { linkText } from './messages.ts'
import { facetsOf, matching, offeredOfferings, takeableFirst } from './offered.ts'
import { CancelForm, PickerBody } from './picker-page.tsx'

const shownAtOnce = 20

const pickerOf = (launchId: string) => `/app/${launchId}/picker`
const answerAddressOf = (launchId: string) => `/lti/deep-links?launch=${launchId}`

const pick: FastifyPluginAsync<Ground> = async (app) => {
  app.addHook('preHandler', async (request, reply) => {
    const { launch } = request
    if (launch.messageType !== 'LtiDeepLinkingRequest') return
    const isFront = request.method === 'GET' && request.url.split('?')[0] === `/app/${launch.launchId}/`
    if (isFront) return reply.redirect(pickerOf(launch.launchId), 303)
  })
}

/** Sends a launch that asks for content to the catalogue, before any other page of it. */
export const pickFirst: FastifyPluginAsync<Ground> = fp(pick as never)

/** The catalogue from which a course leader chooses (lti.md §3), below /app/:launch/. */
export const pickerRoutes: FastifyPluginAsync<Ground> = async (app, ground) => {
  app.get('/picker', async (request, reply) => {
    requireRequest(request)
    const asked = askedFrom(request.query as Fields)
    return showPicker(ground, request, reply, asked, null)
  })
}

/** Where the choice goes, and the signed answer comes from: `POST /lti/deep-links?launch=`. */
export const deepLinkAnswer: FastifyPluginAsync<Ground> = async (app, ground) => {
  app.post('/lti/deep-links', async (request, reply) => {
    const { launch } = request
    requireRequest(request)
    const open = await linkRequestOf(ground.db, launch.launchId)
    if (!open) throw new LaunchRefused('link-request-answered', launch.messageType)
    const registration = await registrationById(ground.db, launch.registrationId)
    if (!registration?.active)
      throw new LaunchRefused('lti-platform-inactive', 'switched off since the launch')

    const form = request.body as Fields
    const say = linkText(langOfLaunch(request))
    if (form.cancel !== undefined) return answer(request, reply, open, [], say('toldNone'))
    const asked = askedFrom(form, 'answer')
    const chosen = chosenAmong(await offeredOfferings(ground.db), asked.picks)
    const fault = faultIn(open, asked, chosen)
    if (fault) return showPicker(ground, request, reply.status(422), asked, fault)
    const withColumn = open.acceptLineItem && form.column !== undefined
    const items = chosen.map((offering) => contentItemOf(ground.config.publicUrl, offering, { withColumn }))
    return answer(request, reply, open, items, say('toldChosen', { n: items.length }))
  })

  /** Signed first, since signing may fail; then the request is closed, which only one of two answers can do. */
  async function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    open: LinkRequest,
    items: Parameters<typeof signLinks>[2],
    message: string,
  ): Promise<FastifyReply> {
    const { launchId, iss, clientId, deploymentId } = request.launch
    const { settings, returnUrl } = open
    const jwt = await signLinks(ground, { iss, clientId, deploymentId, settings }, items, message)
    if (!(await closeLinkRequest(ground.db, launchId)))
      throw new LaunchRefused('link-request-answered', 'answered at the same moment')
    request.log.info({ launchId, items: items.length }, 'request for links answered')
    reply.header('content-security-policy', pagePolicy([new URL(returnUrl).origin]))
    return sendHtml(reply, answerPage(langOfLaunch(request), returnUrl, jwt))
  }
}

/** Throws NotFound for a launch that asked for no content. */
function requireRequest({ launch }: FastifyRequest): void {
  if (launch.messageType !== 'LtiDeepLinkingRequest')
    throw new NotFound('not-found', 'this launch asks for no content')
}

async function showPicker(
  ground: Ground,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: Asked,
  fault: Fault | null,
): Promise<FastifyReply> {
  const { launchId } = request.launch
  const lang = langOfLaunch(request)
  const say = linkText(lang)
  const open = await linkRequestOf(ground.db, launchId)
  const frame = { lang, csrf: csrfToken(ground.config, launchId), answerTo: answerAddressOf(launchId) }
  if (!open?.acceptsLinks) {
    const cancel = open && <CancelForm {...frame} />
    const body = <NothingToChoose lang={lang} why={open ? 'no-links' : 'answered'} cancel={cancel} />
    return sendLaunchPage(request, reply, ground, { title: say('title'), width: 'reading', body })
  }
  const offered = await offeredOfferings(ground.db)
  const chosen = chosenAmong(offered, open.acceptMultiple ? asked.picks : asked.picks.slice(-1))
  const today = dayOf(ground.now(), ground.config.timeZone)
  const here = pickerOf(launchId)
  const noneChosen: Fault | null = asked.step === 'review' && chosen.length === 0 ? 'noneChosen' : null
  const wrong = fault ?? noneChosen ?? faultIn(open, asked, chosen)
  if (asked.step === 'review' && !wrong) {
    const back = `${here}?${queryWith(asked, chosen)}`
    const body = <ReviewBody {...frame} {...open} today={today} back={back} chosen={chosen} />
    return sendLaunchPage(request, reply, ground, { title: say('reviewTitle'), body })
  }
  const found = matching(offered, asked.wish)
  const rest = takeableFirst(found, today).filter((offering) => !chosen.includes(offering))
  const pages = Math.max(1, Math.ceil(rest.length / shownAtOnce))
  const at = Math.min(asked.page, pages)
  const body = (
    <PickerBody
      {...frame}
      here={here}
      today={today}
      acceptMultiple={open.acceptMultiple}
      wish={asked.wish}
      facets={facetsOf(offered)}
      chosen={chosen}
      shown={rest.slice((at - 1) * shownAtOnce, at * shownAtOnce)}
      total={rest.length}
      page={at}
      pages={pages}
      notice={wrong && say(wrong, { n: mostAtOnce })}
    />
  )
  return sendLaunchPage(request, reply, ground, { title: say('title'), width: 'wide', body })
}

type Fault = 'noneChosen' | 'tooMany' | 'overMost' | 'gone' | 'noLinks'

/** So many links at most go into one answer: a platform makes them all at once. */
const mostAtOnce = 20

/** What is wrong with a choice, or null. An empty one is no fault before it is confirmed. */
function faultIn(open: LinkRequest, { picks, step }: Asked, chosen: OfferingInfo[]): Fault | null {
  if (!open.acceptsLinks) return 'noLinks'
  if (step !== 'answer') return picks.length > mostAtOnce ? 'overMost' : null
  if (picks.length === 0) return 'noneChosen'
  if (!open.acceptMultiple && picks.length > 1) return 'tooMany'
  if (picks.length > mostAtOnce) return 'overMost'
  return chosen.length < picks.length ? 'gone' : null
}

function langOfLaunch({ launch, headers }: FastifyRequest): Lang {
  return langOf({ locale: launch.locale, acceptLanguage: headers['accept-language'] })
}
