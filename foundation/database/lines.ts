import { type Connection, type ConnectionOptions, createConnection } from 'mysql2'
import { serverSettings, setSession } from './connect.ts'

/**
 * Sends a text of one or several statements and resolves to the answer of each: rows, or what a write did. At the first
 * that fails the rest is not run. Nothing but numbers and X'…' may be made part of such a text.
 */
export type Send = (text: string) => Promise<unknown[]>

/**
 * A few connections to a server apart from the pool, on which one text may hold several statements. For a writer that is
 * often waited for: a transaction costs it one answer instead of six.
 */
export interface Lines {
  /**
   * Runs `body` with a connection of its own. The texts that it sends begin and end the transaction; when it throws,
   * whatever is open is rolled back.
   */
  transact<T>(body: (send: Send) => Promise<T>): Promise<T>
  close(): void
}

/** Opens lines to the server that an address names; null for the embedded engine, which has no answers to wait for. */
export function openLines(url: string): Lines | null {
  if (!url.startsWith('mysql:')) return null
  // The driver's own type says of one option more than knex's does.
  const settings = serverSettings(new URL(url)) as unknown as ConnectionOptions
  settings.multipleStatements = true
  const idle: Connection[] = []

  async function take(): Promise<Connection> {
    const connection = idle.pop()
    return connection ?? open(settings, forget)
  }

  /** A server ends what is idle for long; the next transaction opens another. */
  function forget(connection: Connection): void {
    const at = idle.indexOf(connection)
    if (at >= 0) idle.splice(at, 1)
    connection.destroy()
  }

  return {
    async transact(body) {
      const connection = await take()
      const send: Send = (text) => sent(connection, text)
      try {
        const value = await body(send)
        idle.push(connection)
        return value
      } catch (error) {
        await send('ROLLBACK').then(
          () => idle.push(connection),
          () => connection.destroy(),
        )
        throw error
      }
    },
    close() {
      for (const connection of idle.splice(0)) connection.destroy()
    },
  }
}

function open(settings: ConnectionOptions, forget: (connection: Connection) => void): Promise<Connection> {
  const connection = createConnection(settings)
  return new Promise((resolve, reject) => {
    // Also what comes while nobody waits: without a listener it would end the process.
    connection.on('error', (error) => {
      forget(connection)
      reject(error)
    })
    setSession(connection as unknown as Parameters<typeof setSession>[0], (error) => {
      if (error) {
        connection.destroy()
        reject(error)
      } else resolve(connection)
    })
  })
}

function sent(connection: Connection, text: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    // Without `values: null` the driver searches the whole text for places to bind at.
    connection.query({ sql: text, values: null }, (error, answers) => {
      if (error) reject(error)
      else resolve(Array.isArray(answers) ? (answers as unknown[]) : [answers])
    })
  })
}
