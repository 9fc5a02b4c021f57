/** Stable words for what can be wrong with a statement; clients match on them. */
export const faultCodes = {
  'invalid-json': 'the body is not JSON in UTF-8',
  'too-deep': 'objects or arrays are nested too deeply',
  'too-many-statements': 'more statements than one request may hold',
  'too-many-attachments': 'a statement has at most 10000 attachments',
  'repeated-property': 'the property stands more than once in one object',
  'wrong-type': 'the value is not of the type that this property has',
  'null-value': 'null is allowed inside extensions only',
  'unknown-property': 'this property is not known here',
  'missing-property': 'a required property is missing',
  'wrong-value': 'the value is not one that this property may have',
  'identifier-count': 'an actor has exactly one of mbox, mbox_sha1sum, openid and account',
  'member-required': 'a group without identifier needs members',
  'invalid-iri': 'an absolute IRI with a scheme is needed',
  'invalid-mailbox': 'the form is mailto:name@domain',
  'invalid-sha1': 'forty hexadecimal digits are needed',
  'invalid-uuid': 'a UUID is needed',
  'invalid-timestamp': 'a date and time of ISO 8601 is needed, without the offset -00:00',
  'invalid-duration': 'a duration of ISO 8601 with designators is needed',
  'invalid-language': 'a language tag of RFC 5646 is needed',
  'out-of-range': 'the number lies outside the allowed range',
  'not-for-object': 'this property needs an Activity as object',
  'void-target': 'a voiding statement needs a StatementRef as object',
  'repeated-id': 'the same id stands twice in one request or list',
  'id-mismatch': 'the id differs from the statementId of the request',
  'interaction-type': 'interactionType is missing or does not take this property',
  'attachment-missing': 'an attachment needs its bytes as a part of multipart/mixed, or a fileUrl',
  'attachment-length': 'the length is not that of the bytes that came',
  'attachment-header':
    'a part after the first needs Content-Transfer-Encoding: binary and X-Experience-API-Hash',
  'attachment-hash': 'a part is not what its X-Experience-API-Hash says',
  'attachment-excess': 'a part is declared by no attachment',
  'multipart-invalid': 'the body is not multipart/mixed with the boundary that its header names',
  'multipart-statements': 'the first part is application/json and holds all statements',
  'signature-missing': 'a signature comes as bytes of type application/octet-stream',
  'signature-invalid': 'a signature is a JWS in compact form by RS256, RS384 or RS512 that fits its x5c',
  'signature-mismatch': 'what is signed is not this statement',
  'pii-in-statement': 'an identity number may not be sent here',
  'actor-out-of-namespace': 'the source may not report this actor',
  'statement-conflict': 'a statement with this id is stored already, with other content',
  'masked-value': 'an identity number was starred out here; say what shall stand instead',
  'cut-off': 'the body is longer than what is kept of one; its end is not here',
  'no-statement': 'the envelope holds no statement that could be made of it',
} as const

/** How many faults of one request are noted. Six megabytes have room for half a million; an answer names a hundred. */
export const mostFaults = 10_000

/** One of the words above. */
export type FaultCode = keyof typeof faultCodes

/** One thing wrong with one statement: where (RFC 6901, within the statement) and what. Never holds a value that was sent. */
export interface Fault {
  index: number
  pointer: string
  code: FaultCode
}

/** One reference token of a JSON pointer (RFC 6901 §3). */
export function token(key: string): string {
  return key.includes('~') || key.includes('/') ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key
}
