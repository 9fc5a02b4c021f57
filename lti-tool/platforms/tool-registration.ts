import { z } from 'zod'
import { assetUrl } from '../web/assets.ts'
import type { PlatformConfiguration } from './configuration.ts'

const toolPart = 'https://purl.imsglobal.org/spec/lti-tool-configuration'

const ags = 'https://purl.imsglobal.org/spec/lti-ags/scope'
const rosterScope = 'https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly'

/** Every scope that Xueshi has a use for, with the one that makes columns only where it shall make some. */
export function wantedScopes(managesColumns: boolean): string[] {
  const columns = managesColumns ? [`${ags}/lineitem`] : []
  return [...columns, `${ags}/score`, `${ags}/lineitem.readonly`, `${ags}/result.readonly`, rosterScope]
}

/**
 * What we ask a platform to register (LTI Dynamic Registration 1.0 §3.2). `domain` is the host of our addresses with its
 * port, as Moodle compares it. No e-mail is asked for, and no scope that the platform says it lacks.
 */
export function toolRegistration(
  publicUrl: string,
  platform: Pick<PlatformConfiguration, 'scopes' | 'messages'>,
  { managesColumns }: { managesColumns: boolean },
): Record<string, unknown> {
  const launch = `${publicUrl}/lti/launch`
  const scopes = wantedScopes(managesColumns).filter((scope) => platform.scopes?.includes(scope) ?? true)
  const messages = [
    { type: 'LtiResourceLinkRequest', target_link_uri: launch, label: '区级研修' },
    { type: 'LtiDeepLinkingRequest', target_link_uri: launch, label: '从课程目录选取' },
    { type: 'LtiSubmissionReviewRequest', target_link_uri: launch, label: '查看完成情况' },
  ].filter(({ type }) => platform.messages.includes(type))
  return {
    application_type: 'web',
    response_types: ['id_token'],
    grant_types: ['implicit', 'client_credentials'],
    initiate_login_uri: `${publicUrl}/lti/login`,
    redirect_uris: [launch],
    client_name: '学时簿',
    'client_name#en': 'Xueshi',
    jwks_uri: `${publicUrl}/lti/jwks`,
    logo_uri: `${publicUrl}${assetUrl('icon.svg')}`,
    token_endpoint_auth_method: 'private_key_jwt',
    scope: scopes.join(' '),
    [toolPart]: {
      domain: new URL(publicUrl).host,
      description: '教师研修学时：课程、完成与学时台账',
      'description#en': 'Teacher training: courses, completions and the ledger of hours',
      target_link_uri: launch,
      claims: ['iss', 'sub', 'name', 'given_name', 'family_name'],
      messages,
    },
  }
}

const answerShape = z.object({
  client_id: z.string().min(1).max(255),
  // Moodle counts its deployments, and writes them as they come.
  [toolPart]: z
    .object({ deployment_id: z.union([z.string().min(1).max(255), z.number()]).nullish() })
    .nullish()
    .catch(null),
})

/** What a platform answers to a registration; the scopes it echoes are not believed. */
export interface RegistrationAnswer {
  clientId: string
  /** Null where the first launch will tell. */
  deploymentId: string | null
}

/** Reads the answer to a registration by its body alone; null where it names no client. */
export function readAnswer(text: string): RegistrationAnswer | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const read = answerShape.safeParse(value)
  if (!read.success) return null
  const deploymentId = read.data[toolPart]?.deployment_id
  return { clientId: read.data.client_id, deploymentId: deploymentId == null ? null : String(deploymentId) }
}
