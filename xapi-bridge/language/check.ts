import { type Fault, type FaultCode, mostFaults, token } from './faults.ts'
import { hideInPointer } from './identity-guard.ts'
import { isIri, isLanguageTag } from './terms.ts'
import type { Version } from './version.ts'

/** A JSON object whose members have not been looked at yet. */
export type Members = Record<string, unknown>

/**
 * Gathers what is wrong with one statement. The walk never stops at the first fault: whoever mends a statement wants to
 * see all of them at once.
 */
export class Check {
  readonly faults: Fault[]
  readonly index: number
  readonly version: Version

  constructor(faults: Fault[], index: number, version: Version) {
    this.faults = faults
    this.index = index
    this.version = version
  }

  /** Notes a fault at `pointer`. A name that a client invented may itself hold what must not be repeated. */
  fault(pointer: string, code: FaultCode): void {
    if (this.faults.length >= mostFaults) return
    this.faults.push({ index: this.index, pointer: hideInPointer(pointer), code })
  }

  /** The object at `path` with no other properties than `known`, or null after noting what else stands there. */
  object(value: unknown, path: string, known: ReadonlySet<string> | null): Members | null {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.fault(path, value === null ? 'null-value' : 'wrong-type')
      return null
    }
    if (known)
      for (const key of Object.keys(value))
        if (!known.has(key)) this.fault(`${path}/${token(key)}`, 'unknown-property')
    return value as Members
  }

  /** The list at `path`, or null after noting that there is none. */
  list(value: unknown, path: string): unknown[] | null {
    if (Array.isArray(value)) return value
    this.fault(path, value === null ? 'null-value' : 'wrong-type')
    return null
  }

  /** Whether a text stands at `path`; if `test` is given, one that passes it, else `code` is noted. */
  text(value: unknown, path: string, test?: (value: string) => boolean, code?: FaultCode): value is string {
    if (typeof value !== 'string') {
      this.fault(path, value === null ? 'null-value' : 'wrong-type')
      return false
    }
    if (test && !test(value)) {
      this.fault(path, code ?? 'wrong-value')
      return false
    }
    return true
  }

  iri(value: unknown, path: string): value is string {
    return this.text(value, path, isIri, 'invalid-iri')
  }

  flag(value: unknown, path: string): void {
    if (typeof value !== 'boolean') this.fault(path, value === null ? 'null-value' : 'wrong-type')
  }

  number(value: unknown, path: string): value is number {
    if (typeof value === 'number') return true
    this.fault(path, value === null ? 'null-value' : 'wrong-type')
    return false
  }

  /** A map from language tags to texts. */
  languageMap(value: unknown, path: string): void {
    const map = this.object(value, path, null)
    if (!map) return
    for (const tag of Object.keys(map)) {
      const at = `${path}/${token(tag)}`
      if (!isLanguageTag(tag)) this.fault(at, 'invalid-language')
      this.text(map[tag], at)
    }
  }

  /** A map from IRIs to anything, null included. */
  extensions(value: unknown, path: string): void {
    const map = this.object(value, path, null)
    if (!map) return
    for (const key of Object.keys(map)) if (!isIri(key)) this.fault(`${path}/${token(key)}`, 'invalid-iri')
  }

  /** Notes that a required property is absent. */
  missing(path: string, name: string): void {
    this.fault(`${path}/${name}`, 'missing-property')
  }
}
