import type { Platform } from './platform.ts'
import type { Faults } from './service-modes.ts'
import { SCOPE } from './vocabulary.ts'

// Beyond what a careful tool reads of a configuration.
const HUGE_BYTES = 1024 * 1024
// Nothing of ours answers there: an address for instance data, as attackers like to have it fetched.
const PRIVATE = 'http://169.254.169.254'

/** The OpenID configuration with the platform's own part (LTI Dynamic Registration 1.0 §3.4), or one spoilt. */
export function openidConfiguration(
  { site: { publicUrl } }: Platform,
  query: string,
  faults: Faults,
  moodle: boolean,
): Record<string, unknown> {
  const at = faults.has('private') ? PRIVATE : publicUrl
  return {
    issuer: faults.has('foreign-issuer') ? 'https://other-platform.example' : publicUrl,
    authorization_endpoint: `${publicUrl}/lti/auth`,
    token_endpoint: `${at}/lti/token`,
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS256'],
    jwks_uri: `${at}/lti/jwks`,
    registration_endpoint: `${at}/lti/register${query}`,
    scopes_supported: ['openid', ...Object.values(SCOPE)],
    response_types_supported: ['id_token'],
    ...(moodle ? {} : { response_modes_supported: ['form_post'] }),
    subject_types_supported: ['public', 'pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    claims_supported: ['sub', 'iss', 'name', 'given_name', 'family_name', 'email'],
    'https://purl.imsglobal.org/spec/lti-platform-configuration': {
      product_family_code: moodle ? 'moodle' : 'xueshi-demo-platform',
      version: moodle ? '2025041400' : '1',
      messages_supported: [
        { type: 'LtiResourceLinkRequest' },
        { type: 'LtiDeepLinkingRequest', placements: ['ContentArea'] },
        { type: 'LtiSubmissionReviewRequest' },
      ],
      variables: ['CourseSection.title', 'User.id'],
    },
    ...(faults.has('huge') ? { padding: 'x'.repeat(Number(faults.get('huge') || HUGE_BYTES)) } : {}),
  }
}
