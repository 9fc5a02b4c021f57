import type { Ground } from '../foundation/ground.ts'
import { newId } from '../foundation/ids.ts'
import { postReady } from '../ledger/books/pick.ts'
import { postBatch } from '../ledger/books/post.ts'
import { postingGround } from '../ledger/books/posting-ground.ts'

/** Posting by itself, without the other background work: what the benchmark drives. */
export interface Poster {
  /** Posts a handful of what is ready, as `xueshi work` does; 0 when nothing is. */
  postReady(): Promise<number>
  /** Posts these facts of the inbox in one transaction, as a person's decision is posted. */
  post(inboxIds: string[]): Promise<number>
}

/** A poster over an opened book. */
export function poster(ground: Ground): Poster {
  const posting = postingGround(ground)
  const owner = newId()
  return {
    postReady: () => postReady(posting, owner),
    post: (inboxIds) => postBatch(posting, inboxIds),
  }
}
