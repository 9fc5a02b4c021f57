import { lookup as resolve } from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import type { AddressGuard } from '../../foundation/http/outbound-address.ts'

/** What is sent to a receiver. */
export interface Outgoing {
  method: 'GET' | 'POST'
  url: string
  headers: Record<string, string>
  body?: string | Buffer
}

/** What a receiver answered: as much of its body as is worth reading. */
export interface Incoming {
  status: number
  headers: http.IncomingHttpHeaders
  body: string
}

/** Why there was no answer. */
export type UnreachedCode = 'ADDRESS_REFUSED' | 'TIMEOUT' | 'NETWORK' | 'TLS_REFUSED'

/** No answer came. The outcome at the receiver is unknown, unless the address was refused here. */
export class Unreached extends Error {
  readonly code: UnreachedCode
  constructor(code: UnreachedCode, cause?: unknown) {
    super(code, { cause })
    this.code = code
  }
}

/** Speaks HTTP to receivers. One a process. */
export interface Sender {
  /** Throws Unreached when no answer comes. Redirects are answers like any other. */
  send(outgoing: Outgoing, signal?: AbortSignal): Promise<Incoming>
  /** Ends connections that are kept open. */
  close(): void
}

const timeoutMs = 20_000
const mostBytes = 64 * 1024

/**
 * Makes the process's sender. A name is resolved once for each connection, and only to addresses that the guard
 * permits, so that what was checked is what is connected to. Certificates are verified whatever the environment says.
 */
export function createSender(
  guard: AddressGuard,
  limits: { timeoutMs?: number; httpsOnly?: boolean } = {},
): Sender {
  const agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: 8 }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: 8, rejectUnauthorized: true }),
  }
  const patience = limits.timeoutMs ?? timeoutMs

  return {
    send: ({ method, url, headers, body }, signal) =>
      new Promise((done, fail) => {
        const at = new URL(url)
        const host = at.hostname.replace(/^\[|\]$/g, '')
        // An address that is written out is never looked up, so it is judged here.
        if (isIP(host) && !guard.permits(host, host)) return fail(new Unreached('ADDRESS_REFUSED'))
        // Plain http may have been allowed when the address was given, and not be any more.
        if (limits.httpsOnly && at.protocol !== 'https:') return fail(new Unreached('ADDRESS_REFUSED'))
        const speak = at.protocol === 'https:' ? https.request : http.request
        const until = AbortSignal.timeout(patience)
        let answered: ((whole: boolean) => void) | null = null
        const request = speak(
          at,
          {
            method,
            agent: at.protocol === 'https:' ? agents['https:'] : agents['http:'],
            headers: {
              ...headers,
              ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
            },
            lookup: guardedLookup(guard),
            rejectUnauthorized: true,
          } as https.RequestOptions,
          (response) => {
            const chunks: Buffer[] = []
            let size = 0
            answered = (whole) => {
              answered = null
              done({
                status: response.statusCode ?? 0,
                headers: response.headers,
                body: Buffer.concat(chunks).toString('utf8'),
              })
              if (!whole) request.destroy()
            }
            response.on('data', (chunk: Buffer) => {
              size += chunk.length
              if (size <= mostBytes) chunks.push(chunk)
              else answered?.(false)
            })
            response.on('end', () => answered?.(true))
            // The status is known; a body that breaks off changes nothing of it.
            response.on('error', () => answered?.(false))
            response.on('aborted', () => answered?.(false))
          },
        )
        const stop = () => {
          if (answered) answered(false)
          else request.destroy(new Unreached('TIMEOUT'))
        }
        until.addEventListener('abort', stop)
        signal?.addEventListener('abort', stop)
        request.on('close', () => {
          until.removeEventListener('abort', stop)
          signal?.removeEventListener('abort', stop)
        })
        request.on('socket', (socket) => watch(socket, guard, host, request))
        request.on('error', (error) => fail(error instanceof Unreached ? error : unreachedOf(error)))
        if (signal?.aborted) return stop()
        request.end(body)
      }),
    close() {
      agents['http:'].destroy()
      agents['https:'].destroy()
    },
  }
}

/** The last look: at the address that the socket really has. */
function watch(socket: Socket, guard: AddressGuard, host: string, request: http.ClientRequest): void {
  const check = () => {
    if (socket.remoteAddress && !guard.permits(socket.remoteAddress, host))
      request.destroy(new Unreached('ADDRESS_REFUSED'))
  }
  if (socket.connecting) socket.once('connect', check)
  else check()
}

function guardedLookup(guard: AddressGuard): LookupFunction {
  return (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error) return done(error, '')
      const permitted = found.filter(({ address }) => guard.permits(address, host))
      const [first] = permitted
      if (!first) return done(new Unreached('ADDRESS_REFUSED') as NodeJS.ErrnoException, '')
      if (options.all) done(null, permitted)
      else done(null, first.address, first.family)
    })
  }
}

function unreachedOf(error: Error): Unreached {
  const { code = '' } = error as NodeJS.ErrnoException
  if (/CERT|^ERR_TLS|^ERR_SSL|^EPROTO$|^UNABLE_TO_|SELF_SIGNED/.test(code))
    return new Unreached('TLS_REFUSED', error)
  if (code === 'ETIMEDOUT') return new Unreached('TIMEOUT', error)
  return new Unreached('NETWORK', error)
}
