import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '../../foundation/database/connect.ts'
import type { MediaRef } from './document.ts'
import { mediaBytes } from './package-store.ts'

/**
 * Answers with a stored file, or the part of it that `Range` asks for (RFC 9110 §14): players seek by ranges. Several ranges at once
 * are answered with the whole file, which is allowed. The address names the bytes, so a browser may keep them.
 */
export function sendMedia(
  request: FastifyRequest,
  reply: FastifyReply,
  db: Database,
  media: MediaRef,
): FastifyReply {
  reply
    .header('content-type', media.type)
    .header('accept-ranges', 'bytes')
    .header('etag', `"${media.hash}"`)
    .header('cache-control', 'private, max-age=86400')
  const range = rangeOf(request.headers.range, media.size)
  if (range === 'unsatisfiable')
    return reply.status(416).header('content-range', `bytes */${media.size}`).send('')
  const [from, to] = range ?? [0, media.size - 1]
  if (range) reply.status(206).header('content-range', `bytes ${from}-${to}/${media.size}`)
  reply.header('content-length', to - from + 1)
  if (request.method === 'HEAD') return reply.send('')
  return reply.send(Readable.from(mediaBytes(db, media, from, to)))
}

/** The range that is asked for, both ends inclusive; null for none that is understood, so the whole is answered. */
export function rangeOf(header: string | undefined, size: number): [number, number] | 'unsatisfiable' | null {
  const parts = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  if (!parts) return null
  const [, first, last] = parts
  if (!first && !last) return null
  if (!first) return Number(last) === 0 ? 'unsatisfiable' : [Math.max(0, size - Number(last)), size - 1]
  const from = Number(first)
  const to = last ? Math.min(Number(last), size - 1) : size - 1
  if (last && Number(last) < from) return null
  return from >= size ? 'unsatisfiable' : [from, to]
}
