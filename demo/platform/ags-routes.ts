import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { gradeOf, type LineItem, type Score } from './gradebook.ts'
import { lineItemJson, readLineItem } from './line-item.ts'
import { linksOf } from './links.ts'
import type { Platform } from './platform.ts'
import { isGradable } from './roster.ts'
import { isStale, readScore } from './score.ts'
import {
  CallRefused,
  callOf,
  failed,
  type ListPage,
  mustAccept,
  mustSend,
  pageOf,
  type ServiceCall,
} from './service-call.ts'
import { lineItemUrl } from './service-urls.ts'
import { MEDIA, SCOPE } from './vocabulary.ts'

const ITEMS = '/lti/services/:course/lineitems'
const ITEM = `${ITEMS}/:item/lineitem`
const PAGE_SIZE = 10
const READ = [SCOPE.lineItem, SCOPE.lineItemRead]

/** Assignment and Grade Services 2.0: the columns of a gradebook, the scores sent to them, the results they show. */
export function agsRoutes(app: FastifyInstance, platform: Platform): void {
  app.get(ITEMS, async (request, reply) => {
    const call = callOf(platform, request, { service: 'ags', part: 'lineitems', scopes: READ })
    if (await failed(reply, call.faults)) return reply
    mustAccept(request, MEDIA.lineItems, call.moodle)
    const found = itemsOf(call).filter(filterOf(call.query))
    const page = pageOf(found, request, platform.site.publicUrl, { size: PAGE_SIZE })
    return sendList(reply, MEDIA.lineItems, page, (item) => shown(call, item), call.moodle)
  })

  app.post(ITEMS, async (request, reply) => {
    const call = callOf(platform, request, { service: 'ags', part: 'lineitems', scopes: [SCOPE.lineItem] })
    if (await failed(reply, call.faults)) return reply
    mustSend(request, MEDIA.lineItem, call.moodle)
    const item = platform.gradebook.add(call.course, call.tool.clientId, fieldsIn(call, request))
    return sendItem(reply.code(201), call, item)
  })

  app.get(ITEM, async (request, reply) => {
    const { call, item } = itemCall(request, 'lineitem', READ)
    if (await failed(reply, call.faults)) return reply
    return sendItem(reply, call, existing(item))
  })

  app.put(ITEM, async (request, reply) => {
    const { call, item } = itemCall(request, 'lineitem', [SCOPE.lineItem])
    if (await failed(reply, call.faults)) return reply
    mustSend(request, MEDIA.lineItem, call.moodle)
    return sendItem(reply, call, Object.assign(existing(item), fieldsIn(call, request)))
  })

  app.delete(ITEM, async (request, reply) => {
    const { call, item } = itemCall(request, 'lineitem', [SCOPE.lineItem])
    if (await failed(reply, call.faults)) return reply
    platform.gradebook.remove(existing(item))
    return reply.code(204).send()
  })

  app.post(`${ITEM}/scores`, async (request, reply) => {
    const { call, item } = itemCall(request, 'scores', [SCOPE.score])
    if (await failed(reply, call.faults)) return reply
    mustSend(request, MEDIA.score, call.moodle)
    keepScore(platform, call, existing(item), readScore(request.body))
    if (call.faults.has('late')) {
      // Stored, but whoever sent it never hears so.
      reply.hijack()
      reply.raw.destroy()
      return reply
    }
    return reply.code(200).send()
  })

  app.get(`${ITEM}/results`, async (request, reply) => {
    const { call, item } = itemCall(request, 'results', [SCOPE.result])
    if (await failed(reply, call.faults)) return reply
    mustAccept(request, MEDIA.results, call.moodle)
    // As Moodle 5.0 does: a limit on results ends in its page for what it does not find.
    if (call.moodle && call.query.has('limit'))
      return reply.code(404).type('text/html').send('<!doctype html><title>404</title>')
    const found = resultsOf(existing(item), addressOf(call, existing(item)), call)
    const page = pageOf(found, request, platform.site.publicUrl, { size: PAGE_SIZE })
    return sendList(reply, MEDIA.results, page, (result) => result, call.moodle)
  })

  function itemCall(request: FastifyRequest, part: string, scopes: string[]) {
    const call = callOf(platform, request, { service: 'ags', part, scopes })
    const { item: id } = request.params as { item: string }
    return { call, item: itemsOf(call).find((each) => each.id === id) }
  }

  function itemsOf({ course, tool }: ServiceCall): LineItem[] {
    return platform.gradebook.itemsOf(course, tool.clientId)
  }

  function fieldsIn({ course, tool }: ServiceCall, request: FastifyRequest) {
    const own = linksOf(platform.links, course).filter(
      ({ deploymentId }) => deploymentId === null || tool.deploymentIds.includes(deploymentId),
    )
    return readLineItem(
      request.body,
      own.map((link) => link.id),
    )
  }

  function addressOf(call: ServiceCall, item: LineItem): string {
    return lineItemUrl(platform.site.publicUrl, item, call.query.get('faults'))
  }

  function shown(call: ServiceCall, item: LineItem) {
    return lineItemJson(item, addressOf(call, item))
  }

  function sendItem(reply: FastifyReply, call: ServiceCall, item: LineItem) {
    return reply.type(MEDIA.lineItem).send(JSON.stringify(shown(call, item)))
  }
}

function existing(item: LineItem | undefined): LineItem {
  if (!item) throw new CallRefused(404, 'no such line item')
  return item
}

function filterOf(query: URLSearchParams): (item: LineItem) => boolean {
  const wanted: [keyof LineItem, string | null][] = [
    ['resourceId', query.get('resource_id')],
    ['tag', query.get('tag')],
    ['resourceLinkId', query.get('resource_link_id')],
  ]
  return (item) => wanted.every(([name, value]) => value === null || item[name] === value)
}

function keepScore(platform: Platform, { course, moodle }: ServiceCall, item: LineItem, score: Score): void {
  const member = platform.roster.memberBy(course, score.userId)
  if (!member || !isGradable(member))
    throw new CallRefused(400, 'userId is nobody who is enrolled here with a gradable role')
  if (isStale(score, item.scores.get(score.userId), moodle))
    throw new CallRefused(409, 'timestamp is not later than that of the score on record')
  const most = score.scoreMaximum
  const capped = moodle && most !== undefined && (score.scoreGiven ?? 0) > most
  item.scores.set(score.userId, capped ? { ...score, scoreGiven: most } : score)
}

function resultsOf(item: LineItem, address: string, { query, moodle }: ServiceCall) {
  const [path, search] = address.split('?')
  const wanted = query.get('user_id')
  return [...item.scores.values()]
    .filter(({ userId }) => wanted === null || userId === wanted)
    .filter((score) => !moodle || gradeOf(item, score) !== null)
    .map((score) => {
      const grade = gradeOf(item, score)
      return {
        id: `${path}/results/${score.userId}?${search}`,
        scoreOf: address,
        userId: score.userId,
        ...(grade === null ? {} : { resultScore: grade }),
        resultMaximum: item.scoreMaximum,
        ...(score.comment === undefined ? {} : { comment: score.comment }),
      }
    })
}

function sendList<T>(
  reply: FastifyReply,
  media: string,
  { items, link }: ListPage<T>,
  show: (item: T) => unknown,
  moodle: boolean,
) {
  if (link !== null) reply.header('link', moodle ? malformed(link) : link)
  return reply.type(media).send(JSON.stringify(items.map(show)))
}

// As Moodle 5.0 sends it: an escaped ampersand and curly quotes, in the bytes of UTF-8.
function malformed(link: string): string {
  const text = link.replaceAll('&', '&amp;').replace('"next"', '“next”')
  return Buffer.from(text).toString('latin1')
}
