import { connect, type Socket } from 'node:net'

/** One connection that sends a request, waits for its answer, and sends the next. */
export interface Load {
  port: number
  authorization: string
  /** How many connections. */
  connections: number
  /** How long to count, after the warm-up. */
  seconds: number
  warmUpSeconds: number
  /** The next body, and how many statements it holds. A body may come again when it is answered. */
  nextBody(): Buffer
  statements: number
  /** Statements a second that are sent at most, over all connections; as many as answers allow unless told otherwise. */
  perSecond?: number
  /** Called when counting begins. */
  onStart?(): void
  /** Called with every request that is counted: how long it took, in milliseconds. */
  onAnswer?(milliseconds: number): void
}

/** What was acknowledged, and how long single requests took. */
export interface LoadResult {
  perSecond: number
  p50Ms: number
  p95Ms: number
  requests: number
}

/**
 * Sends as fast as answers come and counts what was acknowledged. Written on bare sockets, since the generator shares the
 * machine with what it measures. Throws on any answer but 200.
 */
export async function pushLoad(load: Load): Promise<LoadResult> {
  const start = performance.now() + load.warmUpSeconds * 1000
  const end = start + load.seconds * 1000
  const times: number[] = []
  if (load.onStart) setTimeout(load.onStart, load.warmUpSeconds * 1000)
  await Promise.all(Array.from({ length: load.connections }, (_, n) => pushOne(load, n, start, end, times)))
  times.sort((a, b) => a - b)
  return {
    perSecond: Math.round((times.length * load.statements) / load.seconds),
    p50Ms: at(times, 0.5),
    p95Ms: at(times, 0.95),
    requests: times.length,
  }
}

/** The value below which that part of sorted values lies, to a hundredth. */
export function at(sorted: number[], part: number): number {
  return Math.round((sorted[Math.floor(sorted.length * part)] ?? 0) * 100) / 100
}

function pushOne(load: Load, place: number, start: number, end: number, times: number[]): Promise<void> {
  const head = headOf(load)
  // At a fixed rate each connection has its own turns, evenly between those of the others.
  const pace = load.perSecond ? (load.statements * load.connections * 1000) / load.perSecond : 0
  let due = performance.now() + (pace * place) / load.connections
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(load.port, '127.0.0.1')
    socket.setNoDelay(true)
    let sentAt = 0
    let received: Buffer | null = null
    const send = (): void => {
      sentAt = performance.now()
      if (sentAt >= end) {
        socket.end()
        resolve()
        return
      }
      const body = load.nextBody()
      socket.cork()
      socket.write(`${head}${body.length}\r\n\r\n`, 'latin1')
      socket.write(body)
      socket.uncork()
    }
    const sendInTurn = (): void => {
      due = Math.max(due + pace, performance.now() - 1000)
      const wait = pace === 0 ? 0 : due - performance.now()
      if (wait > 0) setTimeout(send, wait)
      else send()
    }
    socket.on('connect', sendInTurn)
    socket.on('error', reject)
    socket.on('data', (chunk: Buffer) => {
      received = received ? Buffer.concat([received, chunk]) : chunk
      const length = lengthOf(received)
      if (length === null || received.length < length) return
      if (received.indexOf(accepted) !== 0) {
        reject(new Error(received.toString('utf8', 0, 1000)))
        socket.destroy()
        return
      }
      received = null
      const now = performance.now()
      if (sentAt >= start && now <= end) {
        if (load.onAnswer) load.onAnswer(now - sentAt)
        else times.push(now - sentAt)
      }
      sendInTurn()
    })
  })
}

const accepted = Buffer.from('HTTP/1.1 200')
const headEnd = Buffer.from('\r\n\r\n')
const lengthName = Buffer.from('content-length: ')

function headOf({ authorization, port }: Load): string {
  return (
    `POST /xapi/statements HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: ${authorization}\r\n` +
    'X-Experience-API-Version: 1.0.3\r\nContent-Type: application/json\r\nContent-Length: '
  )
}

/** Length of the whole answer, or null while its head is not there. */
function lengthOf(received: Buffer): number | null {
  const head = received.indexOf(headEnd)
  if (head < 0) return null
  const declared = received.indexOf(lengthName)
  return head + 4 + (declared < 0 ? 0 : Number.parseInt(received.toString('latin1', declared + 16, head), 10))
}
