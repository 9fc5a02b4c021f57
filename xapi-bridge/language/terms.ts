// RFC 3986 scheme, then anything that an IRI may hold unescaped (RFC 3987 §2.2): no blanks, controls, quotes or brackets.
const iri = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s"<>\\^`{|}\p{Cc}\p{Cs}]+$/u
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const mailbox = /^mailto:[^@\s\p{Cs}]+@[^@\s\p{Cs}]+$/iu
const sha1 = /^[0-9a-f]{40}$/i
const sha2 = /^(?:[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/i
const mediaType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(\s*;.*)?$/

const languageTag = new RegExp(
  '^(?:' +
    '(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})' + // language
    '(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\\d{3}))?' + // script, region
    '(?:-(?:[a-z0-9]{5,8}|\\d[a-z0-9]{3}))*' + // variants
    '(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*' + // extensions
    '(?:-x(?:-[a-z0-9]{1,8})+)?' +
    '|x(?:-[a-z0-9]{1,8})+' + // private use
    '|i-[a-z]{2,8}|en-gb-oed|sgn-(?:be-fr|be-nl|ch-de)|art-lojban|cel-gaulish|no-bok|no-nyn|zh-(?:guoyu|hakka|min|min-nan|xiang))$',
  'i',
)

/** Whether it is an absolute IRI. IRIs are compared as strings (RFC 3987 §5.3.1), so nothing is normalised. */
export function isIri(value: string): boolean {
  return iri.test(value)
}

/** Whether it has the form of a UUID (RFC 4122), in any case. */
export function isUuid(value: string): boolean {
  return value.length === 36 && uuid.test(value)
}

/** Whether it is `mailto:` and one address. */
export function isMailbox(value: string): boolean {
  return mailbox.test(value)
}

/** Whether it is forty hexadecimal digits. */
export function isSha1(value: string): boolean {
  return sha1.test(value)
}

/** Whether it has the length of SHA-224, SHA-256, SHA-384 or SHA-512, in hexadecimal digits. */
export function isSha2(value: string): boolean {
  return sha2.test(value)
}

/** Whether it is an Internet media type, with or without parameters. */
export function isMediaType(value: string): boolean {
  return mediaType.test(value)
}

/** Far beyond any tag; a longer one would be more than the pattern can hold. */
const longestTag = 255

const knownTags = new Set(['zh-CN', 'zh', 'en', 'en-US', 'en-GB', 'und'])

/** Whether it is a language tag of RFC 5646 (form only; the registry is not asked). */
export function isLanguageTag(value: string): boolean {
  return knownTags.has(value) || (value.length <= longestTag && languageTag.test(value))
}
