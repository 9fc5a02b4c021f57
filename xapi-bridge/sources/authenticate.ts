import { hash } from 'node:crypto'
import { readMarks } from '../../foundation/database/marks.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { NotAuthenticated, NotPermitted } from '../errors.ts'
import { credentialOf } from './add.ts'
import type { Source } from './source.ts'

/** Who sent a request, and what the credential permits. */
export interface Caller {
  source: Source
  credentialId: Id
  scopes: ReadonlySet<string>
}

/** Says who a request is from. */
export interface Authenticator {
  /** Throws NotAuthenticated without a known credential and NotPermitted for a source that is paused or revoked. */
  callerOf(authorization: string | undefined): Promise<Caller>
}

const keptFor = 60_000_000
const lookEvery = 1_000_000
const mostKept = 10_000

/**
 * Makes the process's authenticator. A verified credential is kept for 60 s; a change of any source or credential makes
 * every process forget all of them within a second.
 */
export function createAuthenticator(ground: Pick<Ground, 'db' | 'config' | 'now'>): Authenticator {
  const { db, now } = ground
  const kept = new Map<string, { caller: Caller; until: number }>()
  let mark = -1
  let lookedAt = Number.NEGATIVE_INFINITY

  async function forgetIfChanged(): Promise<void> {
    if (now() - lookedAt < lookEvery) return
    lookedAt = now()
    const { source } = await readMarks(db)
    if (source !== mark) kept.clear()
    mark = source
  }

  return {
    async callerOf(authorization) {
      const basic = basicOf(authorization)
      if (!basic) throw new NotAuthenticated()
      await forgetIfChanged()
      const name = hash('sha256', authorization as string)
      const known = kept.get(name)
      if (known && known.until > now()) return known.caller

      const caller = await credentialOf(ground, basic.key, basic.secret)
      if (!caller) throw new NotAuthenticated()
      if (caller.source.state === 'paused' || caller.source.state === 'revoked') throw new NotPermitted()
      if (kept.size >= mostKept) kept.clear()
      kept.set(name, { caller, until: now() + keptFor })
      return caller
    },
  }
}

function basicOf(authorization: string | undefined): { key: string; secret: string } | null {
  const encoded = /^Basic ([A-Za-z0-9+/_=-]+)$/i.exec(authorization ?? '')?.[1]
  if (!encoded) return null
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 0 ? null : { key: text.slice(0, colon), secret: text.slice(colon + 1) }
}
