/** The rules a request asked for. `1.0.x` headers mean the rules of 1.0.3. */
export type Version = '1.0.3' | '2.0.0'

/** Which rules bind a request, and whether its version header names none that we speak. */
export interface Negotiated {
  version: Version
  understood: boolean
}

/**
 * Reads `X-Experience-API-Version`.
 *
 * A missing or unknown version is not understood; the answer then names `fallback`, because some version must be named
 * (xAPI 1.0.3, Communication 3.3).
 */
export function negotiate(header: string | undefined, fallback: Version): Negotiated {
  if (header !== undefined) {
    if (header === '1.0' || /^1\.0\.\d+$/.test(header)) return { version: '1.0.3', understood: true }
    if (/^2\.0\.\d+$/.test(header)) return { version: '2.0.0', understood: true }
  }
  return { version: fallback, understood: false }
}

/** Whether a statement's own `version` property is one that these rules allow. */
export function isStatementVersion(value: string, version: Version): boolean {
  return version === '2.0.0' ? /^(1\.0(\.\d+)?|2\.0\.\d+)$/.test(value) : /^1\.0(\.\d+)?$/.test(value)
}
