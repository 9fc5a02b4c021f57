import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'

/** The identifiers by which these teachers are known elsewhere: keys of the links that hold, by teacher. */
export async function linkedKeysOf(handle: Handle, teacherIds: readonly Id[]): Promise<Map<Id, Buffer[]>> {
  const found = new Map<Id, Buffer[]>()
  const ids = [...new Set(teacherIds)]
  for (let from = 0; from < ids.length; from += 400) {
    const rows: { teacher_id: Buffer; identifier_key: Buffer }[] = await handle('identity_link')
      .whereIn('teacher_id', ids.slice(from, from + 400).map(idBytes))
      .where({ active_flag: 1 })
      .select('teacher_id', 'identifier_key')
    for (const row of rows) {
      const teacherId = idText(row.teacher_id)
      found.set(teacherId, [...(found.get(teacherId) ?? []), Buffer.from(row.identifier_key)])
    }
  }
  return found
}
