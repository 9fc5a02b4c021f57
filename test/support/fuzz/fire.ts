import { connect, type Socket } from 'node:net'
import type { Shot } from './requests.ts'

/** What came back: a status, the head as it came and a body, or `cut` where the connection ended without an answer. */
export type Answer = { status: number; head: string; body: string } | 'cut'

/** One connection that is opened again whenever the other side has closed it. */
export interface Gun {
  /** Sends a request and waits for its answer. */
  fire(shot: Shot): Promise<Answer>
  /** Sends the first half of a request and hangs up. */
  fireHalf(shot: Shot): Promise<void>
  close(): void
}

/** Opens a connection to a port of this machine. */
export function gunAt(port: number): Gun {
  let socket: Socket | null = null
  let received = Buffer.alloc(0)
  let settle: ((answer: Answer) => void) | null = null
  let isHead = false

  function opened(): Socket {
    if (socket && !socket.destroyed && socket.writable) return socket
    const fresh = connect(port, '127.0.0.1')
    fresh.setNoDelay(true)
    fresh.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      const answer = answerIn(received, isHead)
      if (!answer) return
      received = Buffer.alloc(0)
      if (answer.closes) {
        socket = null
        fresh.destroy()
      }
      settle?.(answer)
    })
    fresh.on('error', () => fresh.destroy())
    fresh.on('close', () => {
      // One that we closed ourselves says so later, when the next request may be under way on another.
      if (socket !== fresh) return
      socket = null
      received = Buffer.alloc(0)
      settle?.('cut')
    })
    socket = fresh
    return fresh
  }

  return {
    fire(shot) {
      isHead = shot.method === 'HEAD'
      return new Promise((resolve) => {
        settle = (answer) => {
          settle = null
          resolve(answer)
        }
        opened().write(bytesOf(shot))
      })
    },
    fireHalf(shot) {
      const bytes = bytesOf(shot)
      return new Promise((resolve) => {
        const half = connect(port, '127.0.0.1', () => {
          half.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => half.destroy())
        })
        half.on('error', () => half.destroy())
        half.on('close', () => resolve())
      })
    },
    close: () => socket?.destroy(),
  }
}

function bytesOf({ method, path, headers, body }: Shot): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

function answerIn(bytes: Buffer, isHead: boolean): (Exclude<Answer, 'cut'> & { closes: boolean }) | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const head = bytes.toString('latin1', 0, end)
  const status = Number(head.slice(9, 12))
  // An interim answer: the true one follows.
  if (status === 100) return answerIn(bytes.subarray(end + 4), isHead)
  const length = isHead || status === 204 ? 0 : Number(/\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
  if (bytes.length < end + 4 + length) return null
  return {
    status,
    head,
    body: bytes.toString('utf8', end + 4, end + 4 + length),
    // Whatever stays open says so; the answer to what was no HTTP at all says nothing, and is the last.
    closes: !/\nconnection: *keep-alive/i.test(head),
  }
}
