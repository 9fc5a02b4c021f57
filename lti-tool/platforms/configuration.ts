import { z } from 'zod'

/** What a platform says of itself (OpenID Connect Discovery, LTI Dynamic Registration 1.0 §2.1), checked. */
export interface PlatformConfiguration {
  issuer: string
  authUrl: string
  tokenUrl: string
  jwksUrl: string
  registrationUrl: string
  /** The `aud` of token requests, where it is another than the token address. */
  authorizationServer: string | null
  /** Null where it does not say. */
  scopes: string[] | null
  messages: string[]
  family: string | null
}

/** Where the addresses of a configuration may lie. */
export interface Expected {
  /** Hosts, with ports where they have some; the first is the one that was named in the invitation. */
  hosts: string[]
  /** The exact issuer, or null: then it must lie on the first host. */
  issuer: string | null
  allowHttp: boolean
}

/** What is wrong with a configuration, by the name of the field that is. */
export type ConfigurationFault =
  | 'unreadable'
  | 'issuer'
  | 'authorization_endpoint'
  | 'token_endpoint'
  | 'jwks_uri'
  | 'registration_endpoint'
  | 'messages_supported'
  | 'token_endpoint_auth_methods_supported'
  | 'id_token_signing_alg_values_supported'

const ltiPart = 'https://purl.imsglobal.org/spec/lti-platform-configuration'
const address = z.string().max(2048)
const words = z.array(z.string())

const shape = z.object({
  issuer: z.string().min(1).max(255),
  authorization_endpoint: address,
  token_endpoint: address,
  jwks_uri: address,
  registration_endpoint: address,
  authorization_server: address.nullish(),
  scopes_supported: words.nullish(),
  token_endpoint_auth_methods_supported: words.nullish(),
  id_token_signing_alg_values_supported: words.nullish(),
  [ltiPart]: z.object({
    product_family_code: z.string().max(100).nullish(),
    messages_supported: z.array(z.looseObject({ type: z.string() })),
  }),
})

/**
 * Reads a configuration, whatever content type it came with. Every address has to lie where the administrator said that
 * the platform is: a configuration may name any host in the world.
 */
export function readConfiguration(
  text: string,
  expected: Expected,
): { configuration: PlatformConfiguration } | { fault: ConfigurationFault } {
  const read = shape.safeParse(parsed(text))
  if (!read.success) return { fault: 'unreadable' }
  const given = read.data
  const { issuer } = given
  if (expected.issuer ? issuer !== expected.issuer : !isAt(issuer, expected, expected.hosts.slice(0, 1)))
    return { fault: 'issuer' }
  for (const field of [
    'authorization_endpoint',
    'token_endpoint',
    'jwks_uri',
    'registration_endpoint',
  ] as const)
    if (!isAt(given[field], expected, expected.hosts)) return { fault: field }
  const lti = given[ltiPart]
  const messages = lti.messages_supported.map(({ type }) => type)
  if (!messages.includes('LtiResourceLinkRequest')) return { fault: 'messages_supported' }
  for (const [field, needed] of [
    ['token_endpoint_auth_methods_supported', 'private_key_jwt'],
    ['id_token_signing_alg_values_supported', 'RS256'],
  ] as const)
    if (given[field] && !given[field].includes(needed)) return { fault: field }
  return {
    configuration: {
      issuer,
      authUrl: given.authorization_endpoint,
      tokenUrl: given.token_endpoint,
      jwksUrl: given.jwks_uri,
      registrationUrl: given.registration_endpoint,
      authorizationServer: given.authorization_server ?? null,
      scopes: given.scopes_supported ?? null,
      messages,
      family: lti.product_family_code || null,
    },
  }
}

/** Whether an address may be asked: https (or http where that is allowed), on one of these hosts, nobody signed in. */
export function isAt(text: string, { allowHttp }: Pick<Expected, 'allowHttp'>, hosts: string[]): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, host, username, password } = new URL(text)
  const scheme = allowHttp ? /^https?:$/ : /^https:$/
  return scheme.test(protocol) && hosts.includes(host) && username === '' && password === ''
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
