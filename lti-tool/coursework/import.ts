import { InvalidInput } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { mediaOf } from './document.ts'
import { readCourseFolder } from './package-files.ts'
import { keepMedia, keepPackage } from './package-store.ts'
import type { FileFault } from './yaml-lines.ts'

/** What `course check` says of a folder. */
export interface CourseCheck {
  ok: boolean
  /** Null when `course.yaml` itself cannot be read. */
  code: string | null
  title: string | null
  units: number
  faults: FileFault[]
}

/** What `course import` did. */
export interface CourseImport {
  code: string
  title: string
  /** The version that who begins now will study. */
  version: number
  units: number
  /** The folder says what the newest version says: nothing was added. */
  unchanged: boolean
}

/** Checks a course package without importing it. Throws InvalidInput (`course-missing`) when there is nothing to check. */
export async function checkCourse(dir: string): Promise<CourseCheck> {
  const { content, faults } = await readCourseFolder(dir)
  return {
    ok: content !== null,
    code: content?.code ?? null,
    title: content?.title ?? null,
    units: content?.units.length ?? 0,
    faults,
  }
}

/**
 * Imports a course package as a new version. Who has begun the course goes on with the version she began.
 * Throws InvalidInput: `course-missing`, or `course-invalid` with every fault, its file and line.
 */
export async function importCourse(ground: Ground, dir: string, actor: string): Promise<CourseImport> {
  const { content, media, faults } = await readCourseFolder(dir)
  if (!content) {
    throw new InvalidInput(
      'course-invalid',
      faults.map(({ file, line, column, detail }) => `${file}:${line}:${column} ${detail}`).join('\n'),
      faults.map((fault) => ({ ...fault })),
    )
  }
  const now = ground.now()
  for (const [hash, ref] of mediaOf(content)) await keepMedia(ground.db, ref, media.get(hash) as string, now)
  const { version, unchanged } = await keepPackage(ground.db, content, { actor, now })
  ground.log.info(
    { course: content.code, version, unchanged, units: content.units.length },
    'course imported',
  )
  return { code: content.code, title: content.title, version, units: content.units.length, unchanged }
}
