import { isUtf8 } from 'node:buffer'
import { hasIdentityNumber } from '../language/identity-guard.ts'
import type { XapiRequest } from '../protocol/exchange.ts'
import { IdentityNumberInDocument } from './errors.ts'

/**
 * Throws IdentityNumberInDocument if a parameter or a document in text holds an identity number and the source does not
 * allow that. Parameters of a mere read are looked at too: they would stand in the logs of every proxy on the way.
 */
export function guardRequest({ caller, params, body }: XapiRequest): void {
  // To seal a document would be to lose it: its content reads it back as it came.
  if (caller.source.guard === 'off') return
  const found =
    [...params.values()].some(holdsIdentityNumber) || (isUtf8(body) && holdsIdentityNumber(body.toString()))
  if (found) throw new IdentityNumberInDocument()
}

/** Also where digits are escaped as JSON allows. Hashes are left out: their digits mean nothing. */
function holdsIdentityNumber(text: string): boolean {
  const plain = text.includes('\\u')
    ? text.replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text
  return hasIdentityNumber(plain.replace(/"(?:sha2|mbox_sha1sum)"\s*:\s*"[0-9a-f]*"/gi, ''))
}
