import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, realpath, stat } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { InvalidInput } from '../../foundation/errors.ts'
import {
  type CourseContent,
  type CourseFile,
  courseFile,
  type MediaRef,
  questionFile,
  type Unit,
} from './document.ts'
import { imagesOf } from './markdown.ts'
import { questionFaults } from './marking.ts'
import { type FileFault, readYaml, type YamlFile } from './yaml-lines.ts'

/** A folder as read: the course, where its media lie, and everything that is wrong with it. */
export interface CourseFolder {
  /** Null when `faults` is not empty. */
  content: CourseContent | null
  /** Path of each media file by its hash. */
  media: Map<string, string>
  faults: FileFault[]
}

const MEDIA_TYPES: Record<string, string> = {
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
  '.gif': 'image/gif',
}
const LARGEST_MEDIA = 512 * 1024 * 1024
const LARGEST_TEXT = 1024 * 1024
// The document of a version is one row of the database.
const LARGEST_CONTENT = 5 * 1024 * 1024

/** Reads a course package from its folder and finds every fault of it, each with file and line. Changes nothing. */
export async function readCourseFolder(dir: string): Promise<CourseFolder> {
  const root = await realpath(dir).catch(() => null)
  if (!root) throw new InvalidInput('course-missing', `there is no folder ${dir}`)
  const text = await readFile(join(root, 'course.yaml'), 'utf8').catch(() => null)
  if (text === null) throw new InvalidInput('course-missing', `there is no course.yaml in ${dir}`)
  const file = readYaml('course.yaml', text, courseFile)
  const media = new Map<string, string>()
  if (!file.value) return { content: null, media, faults: file.faults }
  const reader = new FolderReader(root, file, media)
  const units: Unit[] = []
  for (const [index, unit] of file.value.units.entries()) {
    const read = await reader.unit(unit, index)
    if (read) units.push(read)
  }
  const content = {
    code: file.value.code,
    title: file.value.title,
    sequential: file.value.sequential ?? false,
    units,
  }
  if (Buffer.byteLength(JSON.stringify(content)) > LARGEST_CONTENT)
    reader.faults.push(file.faultAt(['units'], 'texts and questions together exceed 5 MiB'))
  return { content: reader.faults.length === 0 ? content : null, media, faults: reader.faults }
}

type FileUnit = CourseFile['units'][number]

class FolderReader {
  readonly faults: FileFault[] = []
  private readonly seen = new Set<string>()
  private readonly root: string
  private readonly file: YamlFile<CourseFile>
  private readonly media: Map<string, string>

  constructor(root: string, file: YamlFile<CourseFile>, media: Map<string, string>) {
    this.root = root
    this.file = file
    this.media = media
  }

  /** A unit with its files read in; null when they cannot be used. */
  async unit(unit: FileUnit, index: number): Promise<Unit | null> {
    if (this.seen.has(unit.id)) this.fault(index, 'id', `another unit is called ${unit.id} already`)
    this.seen.add(unit.id)
    switch (unit.kind) {
      case 'reading':
        return this.reading(unit, index)
      case 'video': {
        const { file, ...rest } = unit
        const media = await this.mediaRef(file, 'video/', (detail) => this.fault(index, 'file', detail))
        return media && { ...rest, media }
      }
      case 'quiz':
        return this.quiz(unit, index)
      default:
        return unit
    }
  }

  private async reading(unit: Extract<FileUnit, { kind: 'reading' }>, index: number): Promise<Unit | null> {
    const { file, ...rest } = unit
    const markdown = await this.text(file, index, 'file')
    if (markdown === null) return null
    const images: Record<string, MediaRef> = {}
    for (const { source, line } of imagesOf(markdown)) {
      const refuse = (detail: string) => this.faults.push({ file, line, column: 1, detail })
      const ref = await this.mediaRef(source, 'image/', refuse)
      if (ref) images[source] = ref
    }
    return { ...rest, markdown, images }
  }

  private async quiz(unit: Extract<FileUnit, { kind: 'quiz' }>, index: number): Promise<Unit | null> {
    const text = await this.text(unit.questions, index, 'questions')
    if (text === null) return null
    const read = readYaml(unit.questions, text, questionFile)
    this.faults.push(...read.faults)
    if (!read.value) return null
    this.faults.push(...questionFaults(read.value).map(({ path, detail }) => read.faultAt(path, detail)))
    return { ...unit, questions: read.value }
  }

  private async text(name: string, index: number, key: string): Promise<string | null> {
    const path = await this.inside(name)
    if (!path) return this.fault(index, key, `there is no file ${name} in the folder`)
    if ((await stat(path)).size > LARGEST_TEXT) return this.fault(index, key, `${name} is larger than 1 MiB`)
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))
    } catch {
      return this.fault(index, key, `${name} is not UTF-8`)
    }
  }

  private async mediaRef(
    name: string,
    family: string,
    refuse: (detail: string) => void,
  ): Promise<MediaRef | null> {
    const path = await this.inside(name)
    const type = MEDIA_TYPES[extname(name).toLowerCase()]
    const say = (detail: string) => {
      refuse(detail)
      return null
    }
    if (!path) return say(`there is no file ${name} in the folder`)
    if (!type?.startsWith(family)) return say(`${name} is no ${family}* file of a known kind`)
    const { size } = await stat(path)
    if (size === 0) return say(`${name} is empty`)
    if (size > LARGEST_MEDIA) return say(`${name} is larger than 512 MiB`)
    const hash = await hashOfFile(path)
    this.media.set(hash, path)
    return { hash, type, size }
  }

  /** The path of a file of the folder; null when it is absent or, also by a link, outside. */
  private async inside(name: string): Promise<string | null> {
    const path = await realpath(join(this.root, name)).catch(() => null)
    if (!path || !(await stat(path)).isFile()) return null
    const way = relative(this.root, path)
    return way === '..' || way.startsWith(`..${sep}`) ? null : path
  }

  private fault(index: number, key: string, detail: string): null {
    this.faults.push(this.file.faultAt(['units', index, key], `units.${index}.${key}: ${detail}`))
    return null
  }
}

async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}
