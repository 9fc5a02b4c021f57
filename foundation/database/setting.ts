import { Conflict } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Handle } from './connect.ts'
import { isDuplicateKey } from './dialect.ts'

/** The value kept under a name, or null. */
export async function settingOf(handle: Handle, name: string): Promise<string | null> {
  const row: { content: Buffer } | undefined = await handle('setting').where({ name }).first('content')
  return row ? row.content.toString('utf8') : null
}

/** Keeps a value under a name, if none is there yet; returns the one that is there. */
export async function settingOnce(handle: Handle, name: string, value: string): Promise<string> {
  const kept = await settingOf(handle, name)
  if (kept !== null) return kept
  try {
    await handle('setting').insert({ name, content: Buffer.from(value) })
    return value
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
    return (await settingOf(handle, name)) ?? value
  }
}

/** The UUID that ids derived in this installation are derived from; made at the first call. */
export async function installationNamespace(handle: Handle): Promise<string> {
  return settingOnce(handle, 'installation-namespace', newId())
}

/**
 * Holds the base of our own IRIs to what it was at the first start: statements that were stored name it for ever.
 * Throws Conflict (`iri-base-changed`) when the configuration says another.
 */
export async function holdIriBase(handle: Handle, iriBase: string): Promise<void> {
  const kept = await settingOnce(handle, 'xapi-iri-base', iriBase)
  if (kept !== iriBase) {
    throw new Conflict(
      'iri-base-changed',
      `XAPI_IRI_BASE was ${kept} when this book began; set it back to that`,
    )
  }
}
