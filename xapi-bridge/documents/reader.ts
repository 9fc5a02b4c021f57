import { NotPermitted } from '../errors.ts'
import { permits } from '../sources/scopes.ts'

/** Throws NotPermitted unless a credential may read what the store knows of agents and activities. */
export function requireReader(scopes: ReadonlySet<string>): void {
  const isReader = permits(scopes, 'statements/read/mine') || permits(scopes, 'profile')
  if (!isReader) throw new NotPermitted()
}
