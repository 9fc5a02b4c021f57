import { lookup } from 'node:dns/promises'
import http from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import type { AddressGuard } from '../../foundation/http/outbound-address.ts'

/** Why nothing usable came back. Names are for words on pages; what was answered stays out of them. */
export type FetchFault = 'address' | 'redirect' | 'too-large' | 'timeout' | 'tls' | 'network'

/** A request that was not made, or brought nothing. */
export class FetchRefused extends Error {
  readonly fault: FetchFault
  constructor(fault: FetchFault, cause?: unknown) {
    super(`not fetched: ${fault}`, { cause })
    this.fault = fault
  }
}

/** What came back, with all of its body. */
export interface Fetched {
  status: number
  headers: http.IncomingHttpHeaders
  body: string
}

/** One request to a platform. */
export interface GuardedRequest {
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string
}

/** Finds the addresses of a name. */
export type Resolve = (host: string) => Promise<{ address: string; family: number }[]>

const deadlineMs = 5_000
const mostBytes = 262_144

const resolveByDns: Resolve = (host) => lookup(host, { all: true })

/**
 * Asks an address that somebody else gave us (lti.md §6.3): its name is resolved once and refused if any of its
 * addresses is forbidden, the connection goes to the address that was looked at, no redirect is followed, and answers
 * are bounded in time and size. Throws FetchRefused.
 */
export async function guardedFetch(
  guard: AddressGuard,
  url: string,
  request: GuardedRequest = {},
  resolve: Resolve = resolveByDns,
): Promise<Fetched> {
  const until = AbortSignal.timeout(deadlineMs)
  const at = new URL(url)
  const address = await permittedAddress(guard, at.hostname.replace(/^\[|\]$/g, ''), resolve, until)
  const fetched = await exchange(at, address, request, until)
  if (fetched.status >= 300 && fetched.status < 400) throw new FetchRefused('redirect')
  return fetched
}

/** Whether the host of an address may be asked as things stand; one that cannot be found may, and fails by itself. */
export async function isPermitted(guard: AddressGuard, url: string): Promise<boolean> {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
  try {
    await permittedAddress(guard, host, resolveByDns, AbortSignal.timeout(deadlineMs))
    return true
  } catch (error) {
    if (error instanceof FetchRefused) return error.fault !== 'address'
    throw error
  }
}

/** Of several addresses a name may lead to any, so one that is forbidden is enough to refuse. */
async function permittedAddress(
  guard: AddressGuard,
  host: string,
  resolve: Resolve,
  until: AbortSignal,
): Promise<{ address: string; family: number }> {
  const found = isIP(host) ? [{ address: host, family: isIP(host) }] : await inTime(resolve(host), until)
  const [first] = found
  if (!first || !found.every(({ address }) => guard.permits(address, host))) throw new FetchRefused('address')
  return first
}

async function inTime<T>(work: Promise<T>, until: AbortSignal): Promise<T> {
  const late = new Promise<never>((_, reject) =>
    until.addEventListener('abort', () => reject(new FetchRefused('timeout')), { once: true }),
  )
  try {
    return await Promise.race([work, late])
  } catch (error) {
    throw error instanceof FetchRefused ? error : new FetchRefused('network', error)
  }
}

function exchange(
  at: URL,
  { address, family }: { address: string; family: number },
  { method = 'GET', headers = {}, body }: GuardedRequest,
  until: AbortSignal,
): Promise<Fetched> {
  return new Promise((done, fail) => {
    const speak = at.protocol === 'https:' ? https.request : http.request
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const request = speak(
      at,
      {
        method,
        agent: false, // A connection of its own: a kept one might lead to an address that was not looked at.
        headers: { accept: 'application/json', 'user-agent': 'Xueshi', ...headers, ...length },
        lookup: (_host, options, tell) =>
          options.all ? tell(null, [{ address, family }]) : tell(null, address, family),
        rejectUnauthorized: true,
      } as https.RequestOptions,
      (response) => {
        const chunks: Buffer[] = []
        let size = 0
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > mostBytes) request.destroy(new FetchRefused('too-large'))
          else chunks.push(chunk)
        })
        response.on('error', (error) => fail(refusedBy(error)))
        response.on('end', () =>
          done({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        )
      },
    )
    const stop = () => request.destroy(new FetchRefused('timeout'))
    until.addEventListener('abort', stop, { once: true })
    request.on('close', () => until.removeEventListener('abort', stop))
    request.on('error', (error) => fail(refusedBy(error)))
    if (until.aborted) stop()
    else request.end(body)
  })
}

function refusedBy(error: Error): FetchRefused {
  if (error instanceof FetchRefused) return error
  const { code = '' } = error as NodeJS.ErrnoException
  const isTls = /CERT|^ERR_TLS|^ERR_SSL|^EPROTO$|^UNABLE_TO_|SELF_SIGNED/.test(code)
  return new FetchRefused(isTls ? 'tls' : 'network', error)
}
