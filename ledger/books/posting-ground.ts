import type { Ground } from '../../foundation/ground.ts'
import { policyVersionOf } from '../policy/store.ts'
import { FactCache } from './evaluation-facts.ts'
import type { PostingGround } from './post.ts'

/** What posting stands on, made from what every room stands on. Keep one a process: it remembers offerings and policies. */
export function postingGround({ db, log, now }: Pick<Ground, 'db' | 'log' | 'now'>): PostingGround {
  return { db, log, now, cache: new FactCache(policyVersionOf) }
}
