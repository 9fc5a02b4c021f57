import { idText } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { nameKeyOf } from './person-name.ts'

/** Teachers whose name in the roster is one of these, by the name as it was asked for; a name is never proof of who somebody is. */
export async function teachersNamed(handle: Handle, names: readonly string[]): Promise<Map<string, Id[]>> {
  const keys = new Map(names.map((name) => [name, nameKeyOf(name)]))
  const wanted = [...new Set(keys.values())].filter((key) => key !== '')
  const byKey = new Map<string, Id[]>()
  for (let from = 0; from < wanted.length; from += 400) {
    const rows: { teacher_id: Buffer; name_key: string }[] = await handle('teacher')
      .whereIn('name_key', wanted.slice(from, from + 400))
      .whereNull('removed_at')
      .orderBy('teacher_no')
      .select('teacher_id', 'name_key')
    for (const row of rows)
      byKey.set(row.name_key, [...(byKey.get(row.name_key) ?? []), idText(row.teacher_id)])
  }
  return new Map(names.map((name) => [name, byKey.get(keys.get(name) ?? '') ?? []]))
}
