import { exportJWK, importSPKI, type JWK } from 'jose'
import type { Ground } from '../../foundation/ground.ts'
import { LtijsStore } from './store.ts'

/** The tool's public keys, as `/lti/jwks` publishes them. */
export interface ToolKeySet {
  keys: JWK[]
}

const freshForMicroseconds = 300_000_000

/**
 * Answers with the tool's public keys, of which each registration has one. The set is built anew when a key came or
 * went, and otherwise at most every five minutes, since each build opens every sealed key.
 */
export function toolKeys(ground: Ground): () => Promise<ToolKeySet> {
  const store = new LtijsStore(ground.db, ground.config.toolKeySecret, ground.now)
  let built: { kids: string; at: number; set: ToolKeySet } | undefined
  return async () => {
    const rows: { kid: string }[] = await ground.db('ltijs_publickey').select('kid').orderBy('kid')
    const kids = rows.map(({ kid }) => kid).join()
    if (!built || built.kids !== kids || ground.now() - built.at > freshForMicroseconds) {
      built = { kids, at: ground.now(), set: await build(store) }
    }
    return built.set
  }
}

async function build(store: LtijsStore): Promise<ToolKeySet> {
  const rows = (await store.Get('sealed', 'publickey')) || []
  const keys = await Promise.all(
    (rows as unknown as { key: string; kid: string }[]).map(async ({ key, kid }) => {
      const { kty, n, e } = await exportJWK(await importSPKI(key, 'RS256', { extractable: true }))
      return { kty, n, e, kid, alg: 'RS256', use: 'sig' } as JWK
    }),
  )
  return { keys }
}
