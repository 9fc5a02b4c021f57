import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Job } from './jobs.ts'

const isLong = (file: string) => file.startsWith(join('test', 'long'))
const isJourney = (file: string) => file.startsWith(join('test', 'journeys'))

/**
 * The files of a mode, once for each lane they belong to. A file runs on the embedded engine, and again on the server when
 * it takes a database; `@lane server` or `@lane embedded` at its top keeps it to one. Files that start processes or a
 * browser come first: they take longest, and what is short fills the gaps at the end.
 */
export function jobsOf(given: {
  mode: 'daily' | 'long'
  /** Parts of names; empty for all. */
  only: string[]
  /** Empty where there is no server. */
  serverUrl: string
  hasBrowser: boolean
  /** The folder with a migrated database of each engine. */
  template: string
}): Job[] {
  const files = filesBelow('test')
    .filter((file) => isLong(file) === (given.mode === 'long'))
    .filter((file) => given.only.length === 0 || given.only.some((part) => file.includes(part)))
    .filter((file) => given.hasBrowser || !isJourney(file))
  const env = { XUESHI_TEST_TEMPLATE: given.template }
  const jobs = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8')
    const weight = weightOf(file, text)
    const lanes: { weight: number; job: Job }[] = []
    if (!/@lane server/.test(text))
      lanes.push({ weight, job: { file, lane: 'embedded', env: { ...env, XUESHI_TEST_MYSQL: '' } } })
    const takesServer = usesDatabase(file) && !/@lane embedded/.test(text)
    if (given.serverUrl && (takesServer || /@lane server/.test(text)))
      lanes.push({
        weight,
        job: { file, lane: 'server', env: { ...env, XUESHI_TEST_MYSQL: given.serverUrl } },
      })
    return lanes
  })
  return jobs.sort((a, b) => b.weight - a.weight).map(({ job }) => job)
}

const known = new Map<string, boolean>()

/** Whether a file takes a database, by itself or by a helper beside it. */
function usesDatabase(file: string): boolean {
  const found = known.get(file)
  if (found !== undefined) return found
  known.set(file, false)
  const imported = [...readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)'/g)]
    .map(([, path = '']) => join(dirname(file), path))
    .filter((path) => path.startsWith('test') && existsSync(path))
  const does = imported.some((path) => providers.has(path) || usesDatabase(path))
  known.set(file, does)
  return does
}

/** The helpers that make databases and processes on them. */
const providers = new Set(
  ['database', 'ground', 'house'].map((name) => join('test', 'support', `${name}.ts`)),
)

/** How long a file is likely to take beside others: journeys longest, then what starts processes, then what has tables. */
function weightOf(file: string, text: string): number {
  if (isJourney(file)) return 3
  if (/support\/(house|kill|term|server|browser)\.ts/.test(text)) return 2
  return usesDatabase(file) ? 1 : 0
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.test\.tsx?$/.test(file))
    .map((file) => join(folder, file))
    .sort()
}
