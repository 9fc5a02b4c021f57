/** What one ltijs collection is here: its table, its columns by ltijs's field names, and what names a row. */
export interface Collection {
  table: string
  /** ltijs field → column. Nothing else reaches a WHERE or a row. */
  columns: Record<string, string>
  /** Fields that name one row. */
  key: string[]
  /** Whether rows hold a sealed document beside their columns. */
  sealed: boolean
}

const keyPair = { kid: 'kid', platformUrl: 'platform_url', clientId: 'client_id' }

/**
 * The collections Xueshi gives ltijs (lti.md §9). Those of ltijs's own launch (idtoken, contexttoken, nonce, state)
 * are missing on purpose: whoever routes a launch into ltijs meets an error.
 */
export const collections: Record<string, Collection> = {
  platform: {
    table: 'ltijs_platform',
    columns: {
      platformUrl: 'platform_url',
      clientId: 'client_id',
      platformName: 'platform_name',
      authEndpoint: 'auth_endpoint',
      accesstokenEndpoint: 'accesstoken_endpoint',
      authorizationServer: 'authorization_server',
      kid: 'kid',
      authConfig: 'auth_config',
    },
    key: ['platformUrl', 'clientId'],
    sealed: false,
  },
  platformStatus: {
    table: 'ltijs_platform_status',
    columns: { id: 'id', active: 'active' },
    key: ['id'],
    sealed: false,
  },
  publickey: { table: 'ltijs_publickey', columns: keyPair, key: ['kid'], sealed: true },
  privatekey: { table: 'ltijs_privatekey', columns: keyPair, key: ['kid'], sealed: true },
  accesstoken: {
    table: 'ltijs_accesstoken',
    columns: { platformUrl: 'platform_url', clientId: 'client_id', scopes: 'scopes' },
    key: ['platformUrl', 'clientId', 'scopes'],
    sealed: true,
  },
}

/** The collection of that name. Throws for those of ltijs's own launch and for any other. */
export function collectionOf(name: string): Collection {
  const found = Object.hasOwn(collections, name) ? collections[name] : undefined
  if (!found)
    throw new Error(
      `ltijs asked for the collection ${name}, which belongs to its own launch: no launch may enter it`,
    )
  return found
}
