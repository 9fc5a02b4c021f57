import { isUtf8 } from 'node:buffer'

/** Whether a content type says JSON, with or without parameters. */
export function isJson(contentType: string): boolean {
  return /^application\/json\s*(;|$)/i.test(contentType)
}

/**
 * The members of the JSON object in these bytes, name → value as written; null if they are no JSON object.
 *
 * A name that stands twice has its last value, as JSON.parse reads it, and `__proto__` is a name like any other. Values
 * stay text: numbers keep all their digits.
 */
export function membersOf(bytes: Buffer): Map<string, string> | null {
  if (!isUtf8(bytes)) return null
  const text = bytes.toString()
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  } catch {
    return null
  }
  return cut(text)
}

/** Merges by members of the top level: what is posted replaces, all else stays (xAPI 1.0.3, Communication 2.2). */
export function merged(existing: ReadonlyMap<string, string>, posted: ReadonlyMap<string, string>): Buffer {
  const members = [...new Map([...existing, ...posted])]
  return Buffer.from(`{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`)
}

/** Cuts an object that JSON.parse has accepted. Not recursive: a document may nest as deep as it likes. */
function cut(text: string): Map<string, string> {
  const members = new Map<string, string>()
  let depth = 0
  let name: string | null = null
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const c = text[at]
    if (c === '"') {
      const end = endOfString(text, at)
      if (depth === 1 && name === null) name = JSON.parse(text.slice(at, end + 1)) as string
      at = end
    } else if (c === '{' || c === '[') depth++
    else if (depth === 1 && c === ':') from = at + 1
    else if (depth === 1 && (c === ',' || c === '}')) {
      if (name !== null) members.set(name, text.slice(from, at).trim())
      name = null
      if (c === '}') depth--
    } else if (c === '}' || c === ']') depth--
  }
  return members
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  for (; text[at] !== '"'; at++) if (text[at] === '\\') at++
  return at
}
