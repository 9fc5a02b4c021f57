import { hash } from 'node:crypto'
import { readMarks } from '../../foundation/database/marks.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { NotAuthenticated, NotPermitted } from '../errors.ts'
import { credentialById, credentialOf, type ValidCredential } from './credential.ts'
import { createFailures } from './failures.ts'
import { permits, type Scope, scopes } from './scopes.ts'
import type { Source } from './source.ts'
import { bearerIn, readSourceToken } from './token.ts'

/** Who sent a request, and what the credential permits. */
export interface Caller {
  source: Source
  credentialId: Id
  scopes: ReadonlySet<string>
}

/** Says who a request is from. */
export interface Authenticator {
  /**
   * The source that a header `Authorization` names, by key and secret or by a token. Throws NotAuthenticated without a
   * known credential, NotPermitted for a source that is paused or revoked, and TooMany for an address that failed too
   * often.
   */
  callerOf(authorization: string | undefined, address?: string): Promise<Caller>
  /** As `callerOf`, for key and secret alone: what the token endpoint was sent. */
  credentialFor(key: string, secret: string, address: string): Promise<ValidCredential>
}

const keptFor = 60_000_000
const lookEvery = 1_000_000
const mostKept = 10_000

/**
 * Makes the process's authenticator. A verified credential is kept for 60 s; a change of any source or credential makes
 * every process forget all of them within a second. `noteUse` hears of each use.
 */
export function createAuthenticator(
  ground: Pick<Ground, 'db' | 'config' | 'now'>,
  noteUse: (credentialId: Id) => void = () => undefined,
): Authenticator {
  const { db, now, config } = ground
  const kept = new Map<string, { caller: Caller; until: number }>()
  const failures = createFailures(now)
  let mark = -1
  let lookedAt = Number.NEGATIVE_INFINITY

  async function forgetIfChanged(): Promise<void> {
    if (now() - lookedAt < lookEvery) return
    lookedAt = now()
    const { source } = await readMarks(db)
    if (source !== mark) kept.clear()
    mark = source
  }

  /** Looks with `find`, unless this address failed with this key too often; a miss is counted. */
  async function found<T>(address: string, key: string, find: () => Promise<T | null>): Promise<T> {
    failures.check(address, key)
    const one = await find()
    if (one !== null) return one
    failures.note(address, key)
    throw new NotAuthenticated()
  }

  async function credentialFor(key: string, secret: string, address: string): Promise<ValidCredential> {
    const valid = await found(address, key, () => credentialOf(ground, key, secret))
    refuseUnlessOpen(valid.source)
    return valid
  }

  /** What a token stands for now, and when it ends. */
  async function tokenCaller(text: string): Promise<{ caller: Caller; until: number } | null> {
    const token = await readSourceToken(config.tokenSecret, text)
    const until = (token?.expires ?? 0) * 1_000_000
    if (!token || until <= now()) return null
    const valid = await credentialById(ground, token.credentialId)
    if (!valid) return null
    refuseUnlessOpen(valid.source)
    // A credential may permit less by now than when the token was made.
    const granted = new Set<string>(token.scopes)
    const both = scopes.filter((scope: Scope) => permits(granted, scope) && permits(valid.scopes, scope))
    return { caller: { ...callerFrom(valid), scopes: new Set(both) }, until: endOf(valid, until) }
  }

  async function look(authorization: string, address: string): Promise<{ caller: Caller; until: number }> {
    const token = bearerIn(authorization)
    if (token !== null) return found(address, 'token', () => tokenCaller(token))
    const basic = basicIn(authorization)
    if (!basic) throw new NotAuthenticated()
    const valid = await credentialFor(basic.key, basic.secret, address)
    return { caller: callerFrom(valid), until: endOf(valid, Number.POSITIVE_INFINITY) }
  }

  return {
    credentialFor,
    async callerOf(authorization, address = '') {
      if (authorization === undefined) throw new NotAuthenticated()
      await forgetIfChanged()
      const name = hash('sha256', authorization)
      const known = kept.get(name)
      if (known && known.until > now()) {
        noteUse(known.caller.credentialId)
        return known.caller
      }
      const before = mark
      const { caller, until } = await look(authorization, address)
      if (kept.size >= mostKept) kept.clear()
      // Looked up before a change that was noticed meanwhile, it may be what the change has ended.
      if (mark === before) kept.set(name, { caller, until: Math.min(now() + keptFor, until) })
      noteUse(caller.credentialId)
      return caller
    },
  }
}

/** Throws NotPermitted for a source that is paused or was revoked. */
export function refuseUnlessOpen({ state }: Source): void {
  if (state === 'paused' || state === 'revoked') throw new NotPermitted()
}

function callerFrom({ source, credentialId, scopes }: ValidCredential): Caller {
  return { source, credentialId, scopes }
}

function endOf({ expiresAt }: ValidCredential, until: number): number {
  return Math.min(until, expiresAt ?? Number.POSITIVE_INFINITY)
}

/** Key and secret in a header `Authorization: Basic …`; null for any other. */
export function basicIn(authorization: string | undefined): { key: string; secret: string } | null {
  const encoded = /^Basic ([A-Za-z0-9+/_=-]+)$/i.exec(authorization ?? '')?.[1]
  if (!encoded) return null
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 0 ? null : { key: text.slice(0, colon), secret: text.slice(colon + 1) }
}

/** What a 401 asks for: a key and secret, or a new token from whoever came with one that is not good (RFC 6750 §3). */
export function challengeFor({ headers }: { headers: { authorization?: string | undefined } }): string {
  const basic = 'Basic realm="xAPI", charset="UTF-8"'
  if (!/^Bearer /i.test(headers.authorization ?? '')) return basic
  return `${basic}, Bearer realm="xAPI", error="invalid_token"`
}
