import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { InvalidInput } from '../foundation/errors.ts'

/** Reads a file that a command names. Throws InvalidInput (`file-unreadable`) that says which and why. */
export async function readNamed(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    const why =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : 'it cannot be read'
    throw new InvalidInput('file-unreadable', `${path}: ${why}`)
  }
}

/**
 * Writes rows that were refused beside where the command was typed, in a file named after the one they came from;
 * readable by its owner alone, since such rows hold what the file held. Returns its path.
 */
export async function writeFailedRows(source: string, bytes: Buffer): Promise<string> {
  const name = `${basename(source).replace(/\.[^.]+$/, '')}.failed-rows.csv`
  const path = join(process.cwd(), name)
  await writeFile(path, bytes, { mode: 0o600 })
  return path
}

/** Writes a file that must not be there yet; returns its path. Throws InvalidInput (`file-exists`). */
export async function writeNew(folder: string, name: string, bytes: Buffer | string): Promise<string> {
  const path = join(folder, name)
  try {
    await writeFile(path, bytes, { flag: 'wx' })
    return path
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new InvalidInput('file-exists', `${path} is there already; move it away first`)
  }
}
