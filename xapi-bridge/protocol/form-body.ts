import { Readable } from 'node:stream'

/** How much of a form is read before it is known who sends it, in bytes. What stands for headers comes first in forms. */
export const mostUnknown = 64 * 1024

/**
 * The body of a form, of which no more than `mostUnknown` is in memory before `identify` has let its sender in. That is
 * asked only where there is more, with what came so far; a shorter form tells by itself who sends it. Throws as
 * `identify` does, and then lets the rest go by unread.
 */
export async function boundedForm(
  payload: Readable,
  identify: (beginning: Buffer) => Promise<unknown>,
): Promise<Readable> {
  // Destroyed, the connection would be cut, and the sender would not hear why.
  const chunks = payload.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  const first: Buffer[] = []
  for (let size = 0; size <= mostUnknown; ) {
    const { value, done } = await chunks.next()
    if (done) return Readable.from(first)
    first.push(value)
    size += value.length
  }
  try {
    await identify(Buffer.concat(first))
  } catch (error) {
    await chunks.return?.()
    payload.resume()
    throw error
  }
  return Readable.from(joined(first, chunks))
}

async function* joined(first: Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* first
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}

/** The credential in the beginning of a form; undefined unless a whole field of it is one. */
export function credentialIn(beginning: Buffer): string | undefined {
  const whole = beginning.toString('latin1').split('&').slice(0, -1)
  const found = whole.find((field) => /^authorization=/i.test(field))
  if (found === undefined) return undefined
  try {
    return decodeURIComponent(found.slice(found.indexOf('=') + 1).replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
