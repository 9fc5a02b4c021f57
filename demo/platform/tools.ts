import { DISTRICT_CLIENT, SECOND_CLIENT } from './registrations.ts'
import { SCOPE } from './vocabulary.ts'

/** A tool as the platform knows it, under one client id. */
export interface ToolRegistration {
  clientId: string
  name: string
  deploymentIds: string[]
  loginUrl: string
  /** Where a link goes that has no address of its own. */
  targetLinkUri: string
  /** Where messages of a type go, where the tool wants them elsewhere. */
  messageUris: Record<string, string>
  /** Custom parameters of every launch. */
  custom: Record<string, string>
  redirectUris: string[]
  /** Where the tool publishes its keys. */
  jwksUrl: string
  /** The service scopes that an administrator of the platform granted. */
  scopes: string[]
  /** A pending tool can neither be launched nor get a token. */
  state: 'active' | 'pending'
}

/** The two client ids under which the platform knows Xueshi from the start; `toolUrl` has no trailing slash. */
export function presetTools(toolUrl: string): ToolRegistration[] {
  const shared = {
    loginUrl: `${toolUrl}/lti/login`,
    targetLinkUri: `${toolUrl}/lti/launch`,
    redirectUris: [`${toolUrl}/lti/launch`],
    messageUris: {},
    custom: {},
    jwksUrl: `${toolUrl}/lti/jwks`,
    state: 'active' as const,
  }
  return [
    {
      clientId: DISTRICT_CLIENT,
      name: '学时簿',
      deploymentIds: ['1', '2'],
      scopes: Object.values(SCOPE),
      ...shared,
    },
    {
      clientId: SECOND_CLIENT,
      name: '学时簿（第二租户）',
      deploymentIds: ['3'],
      scopes: Object.values(SCOPE),
      ...shared,
    },
  ]
}

/** The active tool with this client id; null for an unknown or pending one. */
export function activeTool(tools: ToolRegistration[], clientId: string | undefined): ToolRegistration | null {
  return tools.find((tool) => tool.clientId === clientId && tool.state === 'active') ?? null
}

/** The active tool to which a deployment belongs; null for a deployment that none has. */
export function toolOfDeployment(tools: ToolRegistration[], deploymentId: string): ToolRegistration | null {
  return tools.find((tool) => tool.deploymentIds.includes(deploymentId) && tool.state === 'active') ?? null
}
