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
  /** The next body, and how many statements it holds. */
  nextBody(): Buffer
  statements: number
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
  await Promise.all(Array.from({ length: load.connections }, () => pushOne(load, start, end, times)))
  times.sort((a, b) => a - b)
  return {
    perSecond: Math.round((times.length * load.statements) / load.seconds),
    p50Ms: at(times, 0.5),
    p95Ms: at(times, 0.95),
    requests: times.length,
  }
}

function at(sorted: number[], part: number): number {
  return Math.round((sorted[Math.floor(sorted.length * part)] ?? 0) * 100) / 100
}

function pushOne(load: Load, start: number, end: number, times: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(load.port, '127.0.0.1')
    socket.setNoDelay(true)
    let sentAt = 0
    let received: Buffer = Buffer.alloc(0)
    const send = (): void => {
      sentAt = performance.now()
      if (sentAt >= end) {
        socket.end()
        resolve()
        return
      }
      const body = load.nextBody()
      socket.cork()
      socket.write(headOf(load, body.length))
      socket.write(body)
      socket.uncork()
    }
    socket.on('connect', send)
    socket.on('error', reject)
    socket.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      const length = lengthOf(received)
      if (length === null || received.length < length) return
      if (!received.subarray(0, 12).equals(accepted)) {
        reject(new Error(received.toString('utf8', 0, 1000)))
        socket.destroy()
        return
      }
      received = Buffer.alloc(0)
      const now = performance.now()
      if (sentAt >= start && now <= end) times.push(now - sentAt)
      send()
    })
  })
}

const accepted = Buffer.from('HTTP/1.1 200')

function headOf({ authorization, port }: Load, length: number): string {
  return (
    `POST /xapi/statements HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: ${authorization}\r\n` +
    'X-Experience-API-Version: 1.0.3\r\nContent-Type: application/json\r\n' +
    `Content-Length: ${length}\r\n\r\n`
  )
}

/** Length of the whole answer, or null while its head is not there. */
function lengthOf(received: Buffer): number | null {
  const head = received.indexOf('\r\n\r\n')
  if (head < 0) return null
  const declared = /content-length: (\d+)/i.exec(received.toString('latin1', 0, head))?.[1]
  return head + 4 + Number(declared ?? 0)
}
