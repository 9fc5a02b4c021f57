import { isUtf8 } from 'node:buffer'
import { BadRequest } from '../errors.ts'
import type { XapiRequest } from './exchange.ts'

/** What a form of the alternate request syntax says: everything of a request but who sends it. */
export type Disguised = Pick<XapiRequest, 'params' | 'headers' | 'body'> & { method: string }

/** Form fields that stand for headers, and go before them (xAPI 1.0.3, Communication 1.3). */
const headerFields = new Set([
  'authorization',
  'x-experience-api-version',
  'content-type',
  'content-length',
  'if-match',
  'if-none-match',
])
const methods = new Set(['GET', 'HEAD', 'PUT', 'POST', 'DELETE'])
const mostFields = 100
/** How long all of a form but its content may be: no longer than an address with its headers can be. */
const mostBeside = 16 * 1024

/**
 * Takes a request out of a form: `POST ?method=PUT` with everything else in its fields, for senders that can set neither
 * methods nor headers (xAPI 1.0.3, Communication 1.3). Throws BadRequest when the form does not say a whole request.
 */
export function requestInForm(
  query: Record<string, string | string[]>,
  headers: XapiRequest['headers'],
  form: Buffer,
): Disguised {
  const { method } = query
  if (typeof method !== 'string' || !methods.has(method))
    throw new BadRequest('the parameter method names no method')
  if (Object.keys(query).length > 1)
    throw new BadRequest('beside method, everything of the alternate request syntax stands in the form')
  if (form.length > 0 && !/^application\/x-www-form-urlencoded\s*(;|$)/i.test(headers['content-type'] ?? ''))
    throw new BadRequest('the alternate request syntax is a form: application/x-www-form-urlencoded')

  const params = new Map<string, string>()
  const said: Record<string, string | undefined> = { ...headers }
  // They told of the form, not of what is in it.
  delete said['content-type']
  delete said['content-length']
  const seen = new Set<string>()
  let content: string | undefined
  let length = 0
  for (const [name, value] of fieldsOf(form)) {
    const header = name.toLowerCase()
    const isHeader = headerFields.has(header)
    const key = isHeader ? header : name
    if (seen.has(key)) throw new BadRequest('a field of the form stands twice')
    seen.add(key)
    if (name === 'content') {
      content = value
      continue
    }
    if (isHeader) said[header] = value
    else params.set(name, value)
    length += name.length + value.length
    if (length > mostBeside)
      throw new BadRequest('the form says more beside its content than a request could')
  }
  if (content === undefined) {
    if (method === 'PUT' || method === 'POST')
      throw new BadRequest(`a ${method} by the alternate request syntax needs the field content`)
  } else said['content-type'] ??= 'application/json'
  return { method, params, headers: said, body: Buffer.from(content ?? '') }
}

function fieldsOf(form: Buffer): [string, string][] {
  if (form.length === 0) return []
  if (!isUtf8(form)) throw new BadRequest('the form is not UTF-8')
  const fields = form.toString().split('&', mostFields + 1)
  if (fields.length > mostFields) throw new BadRequest('the form has too many fields')
  return fields.filter(Boolean).map((field) => {
    const equals = field.indexOf('=')
    if (equals < 0) return [decoded(field), '']
    return [decoded(field.slice(0, equals)), decoded(field.slice(equals + 1))]
  })
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new BadRequest('the form is not encoded as its content type says')
  }
}
