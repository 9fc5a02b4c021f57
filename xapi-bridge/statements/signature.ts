import { X509Certificate } from 'node:crypto'
import { compactVerify, decodeProtectedHeader } from 'jose'
import type { Fault, FaultCode } from '../language/faults.ts'
import { hasIdentityNumber } from '../language/identity-guard.ts'
import { isSameStatement } from '../language/same.ts'
import { scan } from '../language/scan.ts'
import type { Attachment, Statement } from '../language/statement.ts'
import { validateStatement } from '../language/validate.ts'
import type { Version } from '../language/version.ts'
import { type Prepared, signatureUsage } from './prepare.ts'

/** Signatures by any other algorithm are refused (xAPI Data 2.6). */
const algorithms = ['RS256', 'RS384', 'RS512']
/** How many signatures one statement may carry. */
const mostSignatures = 10

/** By which rules signatures are looked at, and the bytes that came with the statements. */
export interface Signing {
  version: Version
  guard: 'block' | 'seal' | 'off'
  parts: ReadonlyMap<string, Buffer>
}

/**
 * What is wrong with the signatures of a statement, and whether one of them fits the certificate that it carries.
 *
 * A signature without certificate can be compared, not verified. Nothing is said here about trust in the signer: that
 * is a matter of each source (xAPI Data 2.6; whoever keeps statements does not judge who may sign).
 */
export async function checkSignatures(
  prepared: Prepared,
  index: number,
  signing: Signing,
): Promise<{ faults: Fault[]; verified: boolean }> {
  const statement = JSON.parse(prepared.sealed?.plain ?? prepared.text) as Statement
  const faults: Fault[] = []
  let verified = false
  let count = 0
  for (const [n, attachment] of (statement.attachments ?? []).entries()) {
    if (attachment.usageType !== signatureUsage) continue
    // Each costs a comparison of the whole statement.
    const found =
      ++count > mostSignatures ? 'signature-invalid' : await checkOne(attachment, statement, signing)
    if (found === 'verified') verified = true
    else if (found !== 'not_verifiable') faults.push({ index, pointer: `/attachments/${n}`, code: found })
  }
  return { faults, verified }
}

async function checkOne(
  { sha2, contentType }: Attachment,
  statement: Statement,
  { version, guard, parts }: Signing,
): Promise<FaultCode | 'verified' | 'not_verifiable'> {
  const jws = parts.get(sha2.toLowerCase())?.toString('latin1')
  if (jws === undefined || contentType.trim().toLowerCase() !== 'application/octet-stream')
    return 'signature-missing'
  const signed = signedBy(jws)
  if (!signed) return 'signature-invalid'
  // What is no statement is not this one; and what comes after relies on the form of statements.
  const wrong: Fault[] = []
  validateStatement(signed.payload, version, 0, wrong)
  if (wrong.length > 0) return 'signature-mismatch'
  if (guard !== 'off' && hasIdentityNumber(JSON.stringify(signed.payload))) return 'pii-in-statement'
  const before = JSON.stringify(withoutSignatures(statement))
  if (!isSameStatement(JSON.stringify(withoutSignatures(signed.payload)), before, version))
    return 'signature-mismatch'
  if (signed.leaf === null) return 'not_verifiable'
  return (await isSignedBy(jws, signed.leaf)) ? 'verified' : 'signature-invalid'
}

interface Signed {
  payload: Record<string, unknown>
  /** The certificate of the signer; null where none came. */
  leaf: X509Certificate | null
}

/** What a JWS in compact form says (RFC 7515 §7.1); null where it is none that is taken here. */
function signedBy(jws: string): Signed | null {
  const [, encoded] = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(jws) ?? []
  if (encoded === undefined) return null
  try {
    const { alg, crit, x5c } = decodeProtectedHeader(jws)
    if (!algorithms.includes(alg as string) || crit !== undefined) return null
    const bytes = Buffer.from(encoded, 'base64url')
    // An object in UTF-8 that is not nested beyond what a statement may be.
    if (scan(bytes).form !== 'single') return null
    const payload = JSON.parse(bytes.toString()) as Signed['payload']
    const [leaf = null] = x5c === undefined ? [] : x5c.map(certificateOf)
    if (x5c !== undefined && leaf === null) return null
    return { payload, leaf }
  } catch {
    return null
  }
}

/** Base64, not its form for addresses (RFC 7515 §4.1.6). */
function certificateOf(der: string): X509Certificate {
  return new X509Certificate(Buffer.from(der, 'base64'))
}

async function isSignedBy(jws: string, leaf: X509Certificate): Promise<boolean> {
  return compactVerify(jws, leaf.publicKey, { algorithms }).then(
    () => true,
    () => false,
  )
}

/** A statement as it was before it was signed: others may have signed it earlier. */
function withoutSignatures(statement: object): object {
  const { attachments, ...rest } = statement as { attachments?: unknown }
  if (!Array.isArray(attachments)) return statement
  const kept = attachments.filter((one) => one?.usageType !== signatureUsage)
  return kept.length > 0 ? { ...rest, attachments: kept } : rest
}
