import { randomUUID } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import type { Ground } from '../../foundation/ground.ts'
import { addressGuard } from '../../foundation/http/outbound-address.ts'
import { createServer } from '../../foundation/http/server.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { type Instant, instantOf } from '../../foundation/time.ts'
import { bridge } from '../../xapi-bridge/app.ts'
import { createAuthorizer } from '../../xapi-bridge/forwarding/authorization.ts'
import type { Delivery } from '../../xapi-bridge/forwarding/delivery.ts'
import { type Destination, requireDestination } from '../../xapi-bridge/forwarding/destination.ts'
import { deliveriesPage } from '../../xapi-bridge/forwarding/log.ts'
import { addDestination, type NewDestination } from '../../xapi-bridge/forwarding/manage.ts'
import { createSender } from '../../xapi-bridge/forwarding/request.ts'
import { type Forwarding, forwardTo } from '../../xapi-bridge/forwarding/run.ts'
import { destinationWish } from '../../xapi-bridge/forwarding/wish.ts'
import { freshGround } from '../support/ground.ts'
import { aSpeaker, type Speaker } from './statement-examples.ts'

/** One request as a receiver got it. */
export interface Got {
  path: string
  headers: http.IncomingHttpHeaders
  body: string
  /** The statements of it, where it is a list of them. */
  // biome-ignore lint/suspicious/noExplicitAny: statements as a receiver reads them
  statements: any[]
}

/** What a receiver answers to a request. */
export interface Reply {
  status: number
  headers?: Record<string, string>
  body?: string
  /** Breaks the connection instead of answering. */
  cut?: boolean
  /** Never answers. */
  silent?: boolean
}

/** A real HTTP server on the loopback that answers as the test says, and remembers what it got. */
export interface Receiver {
  url: string
  port: number
  got: Got[]
  /** Decides on each request; 200 unless told otherwise. */
  answer: (got: Got) => Reply
  /** Ids of all statements that were answered with 2xx, in order. */
  taken: string[]
}

export async function aReceiver(t: Test): Promise<Receiver> {
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      const got: Got = { path: request.url ?? '', headers: request.headers, body, statements: listIn(body) }
      receiver.got.push(got)
      const reply = receiver.answer(got)
      if (reply.silent) return
      if (reply.cut) return request.socket.destroy()
      if (reply.status < 300) receiver.taken.push(...got.statements.map(({ id }) => id))
      response.writeHead(reply.status, reply.headers ?? {})
      response.end(reply.body ?? '')
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}`,
    port,
    got: [],
    answer: () => ({ status: 200 }),
    taken: [],
  }
  return receiver
}

function listIn(body: string): unknown[] {
  try {
    const read = JSON.parse(body)
    return Array.isArray(read) ? read : []
  } catch {
    return []
  }
}

/** A bridge that forwards, with its clock and its worker in the hands of the test. */
export interface ForwardingScene {
  ground: Ground
  forwarding: Forwarding
  app: Speaker['app']
  speaker(): Promise<Speaker>
  advance(seconds: number): void
  /** Makes a destination; everything that is not said has its default. */
  destination(wish: Record<string, unknown>): Promise<NewDestination & { id: Id }>
  /** Lets a worker of its own do at one destination all that may be done now. */
  forward(id: Id): Promise<number>
  read(id: Id): Promise<Destination>
  /** All deliveries of a destination, in the order they are sent in. */
  log(id: Id): Promise<Delivery[]>
}

/** A scene on the engine under test; the loopback is on the list of private addresses. Draws of chance are 0.5. */
export async function forwardingScene(t: Test, changes: NodeJS.ProcessEnv = {}): Promise<ForwardingScene> {
  let clock = instantOf('2026-03-10T08:00:00Z')
  const ground: Ground = {
    ...(await freshGround(t, { DESTINATION_PRIVATE: '127.0.0.0/8', ...changes })),
    now: () => {
      clock = (clock + 1000) as Instant
      return clock
    },
  }
  const app = createServer(ground)
  await app.register(bridge, ground)
  const sender = createSender(addressGuard(ground.config.destinationPrivate), { timeoutMs: 1_500 })
  t.teardown(async () => {
    sender.close()
    await app.close()
  })
  const forwarding: Forwarding = {
    ground,
    sender,
    authorizer: createAuthorizer(sender, ground.now),
    draw: () => 0.5,
  }
  return {
    ground,
    forwarding,
    app,
    speaker: () => aSpeaker(app, ground),
    advance(seconds) {
      clock = (clock + seconds * 1_000_000) as Instant
    },
    async destination(wish) {
      const made = await addDestination(
        ground,
        destinationWish.parse({ name: `destination ${randomUUID()}`, ...wish }),
        'os:test',
      )
      return { ...made, id: made.destination_id }
    },
    forward: (id) => forwardTo(forwarding, id, newId(), new AbortController().signal),
    read: (id) => requireDestination(ground.db, id),
    async log(id) {
      const { deliveries } = await deliveriesPage(ground.db, { destinationId: id, size: 500 })
      return deliveries.sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0))
    },
  }
}
