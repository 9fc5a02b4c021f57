/** Prefix of the claims and scopes of Assignment and Grade Services 2.0. */
export const AGS = 'https://purl.imsglobal.org/spec/lti-ags'
/** Prefix of the claims and scopes of Names and Role Provisioning Services 2.0. */
export const NRPS = 'https://purl.imsglobal.org/spec/lti-nrps'
/** Prefix of the claims of Deep Linking 2.0. */
export const DL_CLAIM = 'https://purl.imsglobal.org/spec/lti-dl/claim/'

/** Scopes of the services that the platform has. */
export const SCOPE = {
  lineItem: `${AGS}/scope/lineitem`,
  lineItemRead: `${AGS}/scope/lineitem.readonly`,
  score: `${AGS}/scope/score`,
  result: `${AGS}/scope/result.readonly`,
  members: `${NRPS}/scope/contextmembership.readonly`,
} as const

/** Media types of the services; they must be named exactly. */
export const MEDIA = {
  lineItem: 'application/vnd.ims.lis.v2.lineitem+json',
  lineItems: 'application/vnd.ims.lis.v2.lineitemcontainer+json',
  score: 'application/vnd.ims.lis.v1.score+json',
  results: 'application/vnd.ims.lis.v2.resultcontainer+json',
  members: 'application/vnd.ims.lti-nrps.v2.membershipcontainer+json',
} as const
