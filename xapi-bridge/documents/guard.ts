import { isUtf8 } from 'node:buffer'
import { hasIdentityNumber, withoutHashes } from '../language/identity-guard.ts'
import type { XapiRequest } from '../protocol/exchange.ts'
import { IdentityNumberInDocument } from './errors.ts'

/**
 * Throws IdentityNumberInDocument if a parameter, a document or the type that it is said to have holds an identity number
 * and the source does not allow that. Parameters of a mere read are looked at too: they would stand in the logs of every
 * proxy on the way.
 */
export function guardRequest({ caller, params, headers, body }: XapiRequest): void {
  // To seal a document would be to lose it: its content reads it back as it came.
  if (caller.source.guard === 'off') return
  const type = headers['content-type'] ?? ''
  const found = [...params.values(), type, textOf(body, type)].some(holdsIdentityNumber)
  if (found) throw new IdentityNumberInDocument()
}

/** Text in other encodings too (GBK, UTF-16): there digits are the same bytes, at most with zeros between them. */
function textOf(body: Buffer, type: string): string {
  if (isUtf8(body)) return body.toString().replaceAll('\0', '')
  return /^(?:text\/|application\/json\b|[^;]*[+/]xml\b)/i.test(type)
    ? body.toString('latin1').replaceAll('\0', '')
    : ''
}

/** Also where digits are escaped as JSON allows. Hashes are left out: their digits mean nothing. */
function holdsIdentityNumber(text: string): boolean {
  const plain = text.includes('\\u')
    ? text.replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text
  return hasIdentityNumber(withoutHashes(plain))
}
