import { connect } from 'node:net'

/** What came of requests that were all answered: how long it took in seconds, and each answer's time in milliseconds. */
export interface Exchanged {
  seconds: number
  times: number[]
}

/**
 * Sends each request once over so many connections, as fast as answers come, and hands every answer's head to `onHead`
 * with the place of its request. On bare sockets, since the generator shares the machine with what it measures. Throws
 * on any status but the expected one.
 */
export async function exchange(
  port: number,
  requests: Buffer[],
  how: { connections: number; expected: number; onHead?: (head: string, place: number) => void },
): Promise<Exchanged> {
  const times: number[] = []
  const began = performance.now()
  let next = 0
  const draw = () => (next < requests.length ? next++ : null)
  await Promise.all(Array.from({ length: how.connections }, () => send(port, requests, draw, how, times)))
  return { seconds: (performance.now() - began) / 1000, times: times.sort((a, b) => a - b) }
}

function send(
  port: number,
  requests: Buffer[],
  draw: () => number | null,
  { expected, onHead }: { expected: number; onHead?: (head: string, place: number) => void },
  times: number[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.setNoDelay(true)
    let place: number | null = null
    let sentAt = 0
    let received: Buffer = Buffer.alloc(0)
    const sendNext = () => {
      place = draw()
      if (place === null) {
        socket.end()
        return resolve()
      }
      sentAt = performance.now()
      socket.write(requests[place] as Buffer)
    }
    socket.on('connect', sendNext)
    socket.on('error', reject)
    socket.on('close', () => place !== null && reject(new Error('the connection ended without an answer')))
    socket.on('data', (chunk: Buffer) => {
      received = received.length > 0 ? Buffer.concat([received, chunk]) : chunk
      const end = received.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = received.toString('latin1', 0, end)
      if (received.length < end + 4 + Number(/\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)) return
      if (Number(head.slice(9, 12)) !== expected) {
        reject(new Error(received.toString('utf8', 0, 2000)))
        return socket.destroy()
      }
      times.push(performance.now() - sentAt)
      onHead?.(head, place as number)
      received = Buffer.alloc(0)
      sendNext()
    })
  })
}

/** A form as bytes of a request on a connection that stays open. */
export function formRequest(path: string, fields: Record<string, string>, headers: string[] = []): Buffer {
  const body = new URLSearchParams(fields).toString()
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
    ...headers,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}
