import type { FastifyReply } from 'fastify'

/**
 * Lets content in a browser read an answer, from whatever address it was loaded.
 *
 * Any origin may: who asks shows a key or a token in `Authorization`, which a foreign page does not have, and cookies
 * mean nothing here (`*` forbids them). A list of origins for each source could not be held anyway: a preflight carries
 * no credential, so it does not say for which source it asks.
 */
export function openToBrowsers(reply: FastifyReply): void {
  reply.header('Access-Control-Allow-Origin', '*')
  reply.header('Access-Control-Expose-Headers', exposed)
}

/** Answers a browser that asks whether it may send what it is about to send. */
export function answerPreflight(reply: FastifyReply, methods: string): FastifyReply {
  return reply
    .status(204)
    .headers({
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Methods': methods,
      'Access-Control-Allow-Headers': allowed,
      'Access-Control-Max-Age': '86400',
      Allow: methods,
    })
    .send()
}

const exposed = [
  'ETag',
  'Last-Modified',
  'X-Experience-API-Version',
  'X-Experience-API-Consistent-Through',
  'X-Xueshi-Receipt',
  'Retry-After',
].join(', ')

const allowed = [
  'Authorization',
  'Content-Type',
  'Accept',
  'Accept-Language',
  'If-Match',
  'If-None-Match',
  'X-Experience-API-Version',
  'X-Experience-API-Hash',
].join(', ')
