import { open } from 'node:fs/promises'
import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Database, Handle } from '../../foundation/database/connect.ts'
import { isDuplicateKey } from '../../foundation/database/dialect.ts'
import { transact } from '../../foundation/database/transact.ts'
import { type Id, newId, sha256 } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { CourseContent, MediaRef } from './document.ts'

/** One version of a course package, as it is studied. */
export interface CoursePackage {
  packageId: Id
  version: number
  content: CourseContent
}

// A version never changes, so what was read once stays read; a process meets few of them.
const read = new Map<Id, CoursePackage>()
const MOST_READ = 50

/** The version with this id, or null. */
export async function packageById(handle: Handle, packageId: Id): Promise<CoursePackage | null> {
  const known = read.get(packageId)
  if (known) return known
  const row = await handle('course_package')
    .where('package_id', idBytes(packageId))
    .first('version_no', 'content')
  if (!row) return null
  const found: CoursePackage = {
    packageId,
    version: safeInteger(row.version_no),
    content: JSON.parse(row.content.toString('utf8')) as CourseContent,
  }
  if (read.size >= MOST_READ) read.clear()
  read.set(packageId, found)
  return found
}

/** The newest version of a package, or null when none was imported. */
export async function newestPackage(handle: Handle, code: string): Promise<CoursePackage | null> {
  const row = await handle('course_package').where({ code }).orderBy('version_no', 'desc').first('package_id')
  return row ? packageById(handle, idText(row.package_id)) : null
}

/** Keeps a course as the next version of its code, unless the newest says the same; tells which version holds now. */
export async function keepPackage(
  db: Database,
  content: CourseContent,
  by: { actor: string; now: Instant },
): Promise<{ version: number; unchanged: boolean }> {
  const bytes = Buffer.from(JSON.stringify(content))
  const hash = sha256(bytes)
  return transact(db, async (trx) => {
    const newest = await trx('course_package')
      .where({ code: content.code })
      .orderBy('version_no', 'desc')
      .first('version_no', 'content_hash')
    const version = newest ? safeInteger(newest.version_no) : 0
    if (newest?.content_hash.equals(hash)) return { version, unchanged: true }
    await trx('course_package').insert({
      package_id: idBytes(newId()),
      code: content.code,
      version_no: version + 1,
      title: content.title,
      content_hash: hash,
      content: bytes,
      imported_by: by.actor,
      imported_at: by.now,
    })
    return { version: version + 1, unchanged: false }
  })
}

const PART_SIZE = 256 * 1024

/** Copies a file into the database under the hash of its bytes, once. Parts of an import that broke off are replaced. */
export async function keepMedia(db: Database, media: MediaRef, path: string, now: Instant): Promise<void> {
  const hash = Buffer.from(media.hash, 'hex')
  if (await db('course_media').where('media_hash', hash).first('size')) return
  const file = await open(path)
  try {
    for (let part = 0; part * PART_SIZE < media.size; part++) {
      const length = Math.min(PART_SIZE, media.size - part * PART_SIZE)
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, part * PART_SIZE)
      if (bytesRead !== length) throw new Error(`${path} changed while it was read`)
      await transact(db, async (trx) => {
        const key = { media_hash: hash, part_no: part }
        await trx('course_media_part').where(key).delete()
        await trx('course_media_part').insert({ ...key, content: buffer })
      })
    }
  } finally {
    await file.close()
  }
  // Last, so that the row says that every part is there.
  const row = {
    media_hash: hash,
    media_type: media.type,
    size: media.size,
    part_size: PART_SIZE,
    imported_at: now,
  }
  await db('course_media')
    .insert(row)
    .catch((error) => {
      if (!isDuplicateKey(error)) throw error
    })
}

/** The bytes of a stored file from one place to another (both inclusive), a part at a time. */
export async function* mediaBytes(
  handle: Handle,
  media: MediaRef,
  from: number,
  to: number,
): AsyncGenerator<Buffer> {
  const hash = Buffer.from(media.hash, 'hex')
  const kept = await handle('course_media').where('media_hash', hash).first('part_size')
  const size = safeInteger(kept.part_size)
  for (let part = Math.floor(from / size); part * size <= to; part++) {
    const row = await handle('course_media_part').where({ media_hash: hash, part_no: part }).first('content')
    const begin = part * size
    yield row.content.subarray(Math.max(0, from - begin), Math.min(row.content.length, to - begin + 1))
  }
}
