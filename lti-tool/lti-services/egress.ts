import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** What one call to a platform's services may reach, and how much it may bring back. */
export interface EgressRules {
  /** Origins that may be asked; a redirect or link elsewhere is cut off before a byte is sent. */
  origins: readonly string[]
  /** Bytes of one answer, as they come over the wire. */
  answerBytes: number
}

/** The last thing that was asked in a call, and how it was answered. */
export interface LastAnswer {
  url: string
  /** Null while nothing came back. */
  status: number | null
  headers: IncomingHttpHeaders
}

/** A request that was cut off: it led where it must not, was sent elsewhere, or its answer was too large. */
export class EgressRefused extends Error {
  readonly code: 'foreign' | 'redirected' | 'too-large' | 'ended'

  constructor(code: EgressRefused['code']) {
    super(`request cut off: ${code}`)
    this.code = code
  }
}

/**
 * All requests of one call to a platform, watched. ltijs sets no deadline, follows redirects with our token and takes
 * answers of any size, and its client is out of our reach; so what it asks is judged where Node says that a request
 * begins. After `end` nothing of the call goes out any more: an old score cannot arrive after a newer one.
 */
export class Egress {
  /** Why a request was cut off, if one was. */
  refused: EgressRefused['code'] | null = null
  last: LastAnswer | null = null
  readonly #rules: EgressRules
  readonly #open = new Set<ClientRequest>()
  #ended = false

  constructor(rules: EgressRules) {
    this.#rules = rules
  }

  /** Runs work whose requests are watched from now on. */
  run<T>(work: () => Promise<T>): Promise<T> {
    listen()
    return current.run(this, work)
  }

  /** Cuts off what is under way, and whatever may still begin. */
  end(): void {
    this.#ended = true
    for (const request of this.#open) request.destroy(new EgressRefused('ended'))
    this.#open.clear()
  }

  /** Judges a request that begins. */
  begun(request: ClientRequest): void {
    const url = addressOf(request)
    // What was cut off once does not go on by another way.
    if (this.#ended || this.refused !== null) {
      request.destroy(new EgressRefused(this.refused ?? 'ended'))
      return
    }
    if (!this.#rules.origins.includes(new URL(url).origin)) {
      this.#refuse(request, 'foreign')
      return
    }
    this.last = { url, status: null, headers: {} }
    this.#open.add(request)
    request.once('close', () => this.#open.delete(request))
  }

  /** Notes an answer and counts what it brings. */
  answered(request: ClientRequest, response: IncomingMessage): void {
    this.last = {
      url: addressOf(request),
      status: response.statusCode ?? null,
      headers: response.headers,
    }
    const isRedirect = (response.statusCode ?? 0) >= 300 && response.headers.location !== undefined
    // Followed, it would become a GET of some page, whose 200 would read as taken.
    if (isRedirect && request.method === 'POST') {
      this.#refuse(request, 'redirected')
      return
    }
    let bytes = 0
    // Through `push`, since a listener for data would start the flow before ltijs is ready to read.
    const push = response.push.bind(response)
    response.push = (chunk, encoding) => {
      bytes += chunk?.length ?? 0
      if (bytes > this.#rules.answerBytes) {
        this.#refuse(request, 'too-large')
        return false
      }
      return push(chunk, encoding)
    }
  }

  #refuse(request: ClientRequest, code: EgressRefused['code']): void {
    this.refused = code
    request.destroy(new EgressRefused(code))
  }
}

const current = new AsyncLocalStorage<Egress>()
const watched = new WeakMap<ClientRequest, Egress>()
let listening = false

function listen(): void {
  if (listening) return
  listening = true
  subscribe('http.client.request.start', (message) => {
    const { request } = message as { request: ClientRequest }
    const egress = current.getStore()
    if (!egress) return
    watched.set(request, egress)
    egress.begun(request)
  })
  subscribe('http.client.response.finish', (message) => {
    const { request, response } = message as { request: ClientRequest; response: IncomingMessage }
    watched.get(request)?.answered(request, response)
  })
}

function addressOf(request: ClientRequest): string {
  return `${request.protocol}//${request.getHeader('host')}${request.path}`
}
