import type { Database } from '../../foundation/database/connect.ts'
import type { XapiAnswer, XapiRequest } from '../protocol/exchange.ts'
import { definitionsOf } from '../statements/format.ts'
import { jsonShownTo } from './answer.ts'
import { guardRequest } from './guard.ts'
import { activityIdOf, requireKnown } from './parameters.ts'
import { requireReader } from './reader.ts'

/**
 * `GET /xapi/activities`: an Activity with all that the statements of this store say of it, in every language
 * (Communication 2.5). One that is not known is answered with its id alone.
 */
export async function getActivity({ db }: { db: Database }, request: XapiRequest): Promise<XapiAnswer> {
  const { source, scopes } = request.caller
  requireReader(scopes)
  requireKnown(request, ['activityId'])
  const id = activityIdOf(request.params)
  guardRequest(request)
  const definition = (await definitionsOf(db, source.storeId, [id])).get(id)
  return jsonShownTo(request, { objectType: 'Activity', id, ...(definition && { definition }) })
}
