import { idText, sumOf } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Page } from '../roster/people.ts'
import { type OfferingInfo, offeringsById } from './offering.ts'

/** Offerings by code, a page at a time. `query` is the beginning of a code or a part of a title. */
export async function catalogueList(
  handle: Handle,
  ask: {
    query?: string | undefined
    projectNo?: string | undefined
    /** True: only those whose project is approved; false: only the others. */
    isApproved?: boolean | undefined
    page?: number
    pageSize?: number
  } = {},
): Promise<Page<OfferingInfo>> {
  const pageSize = Math.min(Math.max(Math.trunc(ask.pageSize ?? 50), 1), 500)
  const matching = () => {
    const query = handle('offering as o').join('project as p', 'p.project_id', 'o.project_id')
    const text = (ask.query ?? '')
      .trim()
      .normalize('NFC')
      .replace(/[!%_]/g, (sign) => `!${sign}`)
    if (text !== '') {
      query.where((either) =>
        either
          .whereRaw("o.code like ? escape '!'", [`${text}%`])
          .orWhereRaw("o.title like ? escape '!'", [`%${text}%`]),
      )
    }
    if (ask.projectNo !== undefined) query.where('p.project_no', ask.projectNo)
    if (ask.isApproved === true) query.whereNotNull('p.approved_on')
    if (ask.isApproved === false) query.whereNull('p.approved_on')
    return query
  }
  const [count] = await matching().count('* as n')
  const total = sumOf(count?.n)
  const pages = Math.max(1, Math.ceil(total / pageSize))
  const page = Math.min(Math.max(Math.trunc(ask.page ?? 1) || 1, 1), pages)
  const rows = await matching()
    .orderBy('o.code')
    .limit(pageSize)
    .offset((page - 1) * pageSize)
    .select('o.offering_id')
  const ids = rows.map((row) => idText(row.offering_id))
  const found = await offeringsById(handle, ids)
  return { items: ids.flatMap((id) => found.get(id) ?? []), total, page, pages }
}
