import { idBytes } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Day } from '../../foundation/time.ts'
import { readableSchools, type Viewer } from './role.ts'

/**
 * Whether a viewer may see a teacher's record today: their own, anyone's with a role in the district, or that of who
 * works today at a school of theirs.
 */
export async function mayRead(handle: Handle, viewer: Viewer, teacherId: Id, today: Day): Promise<boolean> {
  if (viewer.teacherId === teacherId) return true
  const schools = readableSchools(viewer)
  if (schools === 'all') return true
  if (schools.length === 0) return false
  const row = await handle('employment')
    .where({ teacher_id: idBytes(teacherId) })
    .whereIn('school_id', schools.map(idBytes))
    .whereNull('removed_at')
    .where('from_on', '<=', today)
    .where((open) => open.whereNull('to_on').orWhere('to_on', '>=', today))
    .first('teacher_id')
  return row !== undefined
}
