/** One tool registration of the stand-in platform, in the words of `platform add`. */
export interface PlatformRegistration {
  name: string
  issuer: string
  clientId: string
  deploymentIds: string[]
  authUrl: string
  tokenUrl: string
  jwksUrl: string
}

/** The first client id: 示例区 is its deployment `1`, 邻区 its deployment `2`. */
export const DISTRICT_CLIENT = 'xueshi-district'
/** The second client id on the same issuer, with deployment `3`. */
export const SECOND_CLIENT = 'xueshi-second'

/**
 * How the platform at `publicUrl` (no trailing slash) presents itself to a tool.
 *
 * Two client ids share one issuer, and one of them has two deployments, since
 * a tool that keys its trust on the issuer alone must be found out.
 */
export function platformRegistrations(publicUrl: string): PlatformRegistration[] {
  const shared = {
    issuer: publicUrl,
    authUrl: `${publicUrl}/lti/auth`,
    tokenUrl: `${publicUrl}/lti/token`,
    jwksUrl: `${publicUrl}/lti/jwks`,
  }
  return [
    { name: '演示学习平台', clientId: DISTRICT_CLIENT, deploymentIds: ['1', '2'], ...shared },
    { name: '演示学习平台（第二租户）', clientId: SECOND_CLIENT, deploymentIds: ['3'], ...shared },
  ]
}
