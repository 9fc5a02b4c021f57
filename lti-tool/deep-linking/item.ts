import { hoursText } from '../../foundation/hours.ts'
import type { OfferingInfo } from '../../ledger/catalogue/offering.ts'
import { lineItemTag, scoreMaximum } from '../lti-services/ags.ts'
import type { ContentItem } from '../lti-services/deep-link.ts'
import { assetUrl } from '../web/assets.ts'

const submissionReview = { reviewableStatus: ['Completed'], label: '查看完成情况' }

/** The link that opens one offering, with its column of the gradebook where that is wanted. */
export function contentItemOf(
  publicUrl: string,
  { offeringId, code, title, category, form, approvedMilliHours }: OfferingInfo,
  { withColumn }: { withColumn: boolean },
): ContentItem {
  return {
    type: 'ltiResourceLink',
    title,
    text: `${category} · ${form} · ${hoursText(approvedMilliHours)} 学时`,
    url: `${publicUrl}/lti/launch/offerings/${offeringId}`,
    custom: { offering_code: code },
    icon: { url: `${publicUrl}${assetUrl('icon.svg')}`, width: 24, height: 24 },
    ...(withColumn
      ? { lineItem: { scoreMaximum, label: title, resourceId: code, tag: lineItemTag, submissionReview } }
      : {}),
  }
}
