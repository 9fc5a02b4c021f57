import { openGround, settings } from '../cli/open.ts'
import { poster } from '../cli/posting.ts'
import { openRaw, type RawShare } from './ledger-raw.ts'

/** What a worker of the ledger benchmark is told to do. It prepares, says `ready`, and begins at `go`. */
export type Order =
  | { kind: 'drain' }
  | { kind: 'each'; inboxIds: string[]; posters: number }
  | { kind: 'raw'; share: RawShare }

/** What a worker says. */
export type Word = { say: 'ready' } | { say: 'done'; error?: string }

/** The part of a benchmark that runs in a process of its own, as `xueshi work` does. */
async function main(): Promise<void> {
  const order = await message<Order>()
  const run = order.kind === 'raw' ? await openRaw(order.share) : await openPoster(order)
  say({ say: 'ready' })
  await message<'go'>()
  try {
    await run()
    say({ say: 'done' })
  } catch (error) {
    say({ say: 'done', error: (error as Error).stack ?? String(error) })
  }
  process.disconnect()
}

async function openPoster(order: Exclude<Order, { kind: 'raw' }>): Promise<() => Promise<void>> {
  const ground = openGround(settings())
  const own = poster(ground)
  await ground.db.raw('SELECT 1')
  return async () => {
    if (order.kind === 'drain') while ((await own.postReady()) > 0);
    else await each(order.inboxIds, order.posters, (id) => own.post([id]))
    await ground.close()
  }
}

async function each(ids: string[], posters: number, post: (id: string) => Promise<unknown>): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: posters }, async () => {
      for (let id = ids[next++]; id !== undefined; id = ids[next++]) await post(id)
    }),
  )
}

function message<T>(): Promise<T> {
  return new Promise((resolve) => process.once('message', (word) => resolve(word as T)))
}

function say(word: Word): void {
  process.send?.(word)
}

await main()
