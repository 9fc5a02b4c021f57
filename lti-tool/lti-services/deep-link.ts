import type { Ground } from '../../foundation/ground.ts'
import { withLtijs } from './ltijs.ts'
import { LtijsStore } from './store.ts'

/** A link as a platform keeps it (LTI Deep Linking 2.0 §3.2). */
export interface ContentItem {
  type: 'ltiResourceLink'
  title: string
  text: string
  url: string
  custom: Record<string, string>
  icon: { url: string; width: number; height: number }
  lineItem?: {
    scoreMaximum: number
    label: string
    resourceId: string
    tag: string
    /** The gradebook offers a look at what was handed in (LTI Submission Review 1.0 §3.1). */
    submissionReview: { reviewableStatus: string[]; label: string }
  }
}

/** The request that is answered. */
export interface AnsweredRequest {
  iss: string
  clientId: string
  deploymentId: string
  /** `deep_linking_settings` as they came. */
  settings: Record<string, unknown>
}

/**
 * Signs the answer to a deep-linking request with the key of its registration; the platform takes it for 60 seconds.
 * Without items the person chose nothing, which `message` says. Throws where the registration is not active. How many
 * items the platform takes is for the caller to heed: ltijs would drop the others without a word.
 */
export async function signLinks(
  { db, config, now }: Pick<Ground, 'db' | 'config' | 'now'>,
  request: AnsweredRequest,
  items: ContentItem[],
  message: string,
): Promise<string> {
  const { iss, clientId, deploymentId, settings } = request
  // ltijs takes only `false` for no, and a missing word for yes; what is sent was counted before.
  const many = { ...settings, accept_multiple: true }
  const token = { iss, clientId, deploymentId, platformContext: { deepLinkingSettings: many } }
  return withLtijs(new LtijsStore(db, config.toolKeySecret, now), (lti) =>
    lti.DeepLinking.createDeepLinkingMessage(token, items, { message, log: message }),
  )
}
