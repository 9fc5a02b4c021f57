import { idBytes, sumOf } from '../../foundation/database/codec.ts'
import type { Database } from '../../foundation/database/connect.ts'
import { isDuplicateKey } from '../../foundation/database/dialect.ts'
import type { Ground } from '../../foundation/ground.ts'
import { newId } from '../../foundation/ids.ts'
import { rosterLookup } from './roster.ts'

/** A launch that is still being written may become visible so much later. */
const marginMicros = 60_000_000
const perLook = 1_000

/**
 * Finds rosters in launches: each course whose launch named a roster has one, read from the address that the newest
 * launch gave. Where it stands is read from what it found before, so any process may go on.
 */
export function rosterFinder({ db, now, log }: Pick<Ground, 'db' | 'now' | 'log'>): () => Promise<number> {
  return async () => {
    const newest = sumOf((await db('platform_roster').max({ at: 'launched_at' }).first())?.at)
    let after: { at: number; id: Buffer | null } = { at: newest - marginMicros, id: null }
    let found = 0
    for (;;) {
      const { at, id } = after
      const rows = await db('lti_launch')
        .whereNotNull('memberships_url')
        .where((later) => {
          later.where('launched_at', '>', at)
          if (id) later.orWhere((same) => same.where('launched_at', at).where('launch_id', '>', id))
        })
        .orderBy(['launched_at', 'launch_id'])
        .limit(perLook)
        .select(
          'launch_id',
          'launched_at',
          'iss',
          'client_id',
          'deployment_id',
          'course_id',
          'course_title',
          'memberships_url',
        )
      for (const row of newestOfEach(rows)) if (await keep(db, row, now())) found += 1
      const last = rows.at(-1)
      if (!last || rows.length < perLook) break
      after = { at: Number(last.launched_at), id: last.launch_id }
    }
    if (found > 0) log.info({ rosters: found }, 'rosters of platforms found')
    return 0
  }
}

interface LaunchRow {
  launch_id: Buffer
  launched_at: number
  iss: string
  client_id: string
  deployment_id: string
  course_id: string | null
  course_title: string | null
  memberships_url: string
}

function newestOfEach(rows: LaunchRow[]): LaunchRow[] {
  return [...new Map(rows.map((row) => [lookupOf(row).toString('hex'), row])).values()]
}

function lookupOf(row: LaunchRow): Buffer {
  return rosterLookup({
    iss: row.iss,
    clientId: row.client_id,
    deploymentId: row.deployment_id,
    courseId: row.course_id,
    membershipsUrl: row.memberships_url,
  })
}

/** True when the roster is new. */
async function keep(db: Database, row: LaunchRow, now: number): Promise<boolean> {
  const lookup = lookupOf(row)
  const told = {
    memberships_url: row.memberships_url,
    course_title: row.course_title,
    launch_id: row.launch_id,
    launched_at: row.launched_at,
  }
  const known = () =>
    db('platform_roster').where({ lookup }).where('launched_at', '<', row.launched_at).update(told)
  if ((await known()) > 0) return false
  if (await db('platform_roster').where({ lookup }).first('roster_id')) return false
  try {
    await db('platform_roster').insert({
      ...told,
      roster_id: idBytes(newId()),
      lookup,
      iss: row.iss,
      client_id: row.client_id,
      course_id: row.course_id,
      state: 'waiting',
      attempts: 0,
      next_at: now,
      members: 0,
      leased_until: 0,
    })
    return true
  } catch (error) {
    if (!isDuplicateKey(error, 'platform_roster_lookup')) throw error
    return false
  }
}
