import { join } from 'node:path'
import { projectRoot } from '../foundation/root.ts'
import { packageCode } from './district/catalogue.ts'
import { DEMO_SEED, type DistrictFile, districtFiles } from './district/files.ts'
import { projectDrafts } from './district/offerings.ts'
import { type DistrictSource, districtSources } from './district/sources.ts'
import { districtHistory } from './history.ts'
import { type PlatformRegistration, platformRegistrations } from './platform/registrations.ts'
import type { DemoStatement } from './push/emitters.ts'

/** What seeding asks of the installation: the same doors that an administrator has. */
export interface SeedSteps {
  activatePolicy(policyId: string, from: string): Promise<void>
  /** schools.csv, teachers.csv and employment.csv (interfaces.md §2). */
  importRoster(files: DistrictFile[]): Promise<void>
  addSource(source: DistrictSource): Promise<void>
  /** Text of a catalogue file (interfaces.md §3). */
  importCatalogue(text: string): Promise<void>
  /** A folder with course.yaml (interfaces.md §4). */
  importCourse(directory: string): Promise<void>
  addPlatform(registration: PlatformRegistration): Promise<void>
  /** CSV with the headers teacher_no, home_page, name. */
  linkIdentities(csv: string): Promise<void>
  /** Statements that a source would have pushed, in order; batches are the receiver's choice. */
  takeStatements(source: DistrictSource, statements: DemoStatement[]): Promise<void>
}

/** For whom the district is seeded. */
export interface SeedWishes {
  /** Origin of the demo platform, without trailing slash: the issuer of its people. */
  platformUrl: string
  /** Base of the installation's own IRIs, with trailing slash. */
  iriBase: string
  /** The recent past is told as seen from here; default now. */
  today?: Date
  seed?: string
}

/** The policy of 示例区 and the day from which it holds. */
export const DEMO_POLICY = { id: 'example.district.2026', from: '2026-01-01' } as const

/**
 * Seeds 示例区 through `steps`, one after the other.
 *
 * Any order would do, since what lacks something waits; this one lets nothing wait that need not.
 */
export async function seedDistrict(steps: SeedSteps, wishes: SeedWishes): Promise<void> {
  const { platformUrl, iriBase, today = new Date(), seed = DEMO_SEED } = wishes
  const files = new Map(districtFiles(platformUrl, seed).map((file) => [file.name, file]))
  const textOf = (name: string) => files.get(name)?.bytes.toString('utf8') ?? ''

  await steps.activatePolicy(DEMO_POLICY.id, DEMO_POLICY.from)
  await steps.importRoster([...files.values()].filter(({ name }) => ROSTER.includes(name)))
  for (const source of districtSources) await steps.addSource(source)
  await steps.importCatalogue(textOf('catalogue.yaml'))
  for (const directory of demoCourseFolders()) await steps.importCourse(directory)
  for (const registration of platformRegistrations(platformUrl)) await steps.addPlatform(registration)
  await steps.linkIdentities(textOf('identity-links.csv'))
  for (const { source, statements } of districtHistory(today, iriBase, seed)) {
    await steps.takeStatements(source, statements)
  }
}

/** The folders of the demo's course packages. */
export function demoCourseFolders(): string[] {
  return projectDrafts
    .flatMap(({ offerings }) => offerings)
    .filter(({ from }) => from === 'tool')
    .map(({ no }) => join(projectRoot, 'demo/courses', packageCode(no)))
}

const ROSTER = ['schools.csv', 'teachers.csv', 'employment.csv']
