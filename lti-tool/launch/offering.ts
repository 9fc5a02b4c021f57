import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { offeringByCode, offeringById } from '../../ledger/catalogue/offering.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * The offering that a launch asks for, by its id or its code, or null where it asks for none or for one that the
 * catalogue lacks: then the person chooses on the page.
 */
export async function requestedOffering(handle: Handle, wish: string | null): Promise<Id | null> {
  if (wish === null) return null
  const found = uuid.test(wish)
    ? await offeringById(handle, wish.toLowerCase())
    : await offeringByCode(handle, wish)
  return found?.offeringId ?? null
}
