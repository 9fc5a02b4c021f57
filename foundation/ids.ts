import { createHash } from 'node:crypto'
import { v5, v7, validate } from 'uuid'

/** An identifier as code carries it: a lower-case UUID. The database keeps its 16 bytes. */
export type Id = string

/** A new identifier, ordered by time (UUIDv7). Made before the first attempt to write, so a retry keeps it. */
export function newId(): Id {
  return v7()
}

/** The identifier of something that may be derived twice: the same namespace and text give the same one (UUIDv5). */
export function derivedId(namespace: Id, text: string): Id {
  return v5(text, namespace)
}

/** SHA-256 over the parts in order, 32 bytes. Parts are not delimited: the caller keeps them unambiguous. */
export function sha256(...parts: (string | Buffer)[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** Whether text is an identifier in the form that code carries. */
export function isId(text: string): text is Id {
  return validate(text) && text === text.toLowerCase()
}
