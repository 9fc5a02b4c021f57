import type { Trx } from '../../foundation/database/connect.ts'
import { bumpMark } from '../../foundation/database/marks.ts'
import { transact } from '../../foundation/database/transact.ts'
import { Conflict, InvalidInput } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { newId } from '../../foundation/ids.ts'
import { recordAudit } from '../audit/record.ts'
import { type CatalogueFault, type CatalogueFile, readCatalogue } from './catalogue-file.ts'
import { type CataloguePlan, planCatalogue } from './catalogue-plan.ts'
import { claimedOfferings, concernsPolicy, evaluateClaimsOn, lockedChanges } from './claimed.ts'
import { offeringsByCode } from './offering.ts'
import { type CatalogueHand, writeCatalogue } from './write.ts'

/** What a catalogue file holds. */
export interface CatalogueCounts {
  projects: number
  offerings: number
  classes: number
  sessions: number
}

/** What an import of a catalogue did. The counts are of the file; `changed` are offerings that are new or changed. */
export interface CatalogueImportResult extends CatalogueCounts {
  changed: number
  /** Accounts that are evaluated again. */
  accounts: number
  /** Taken, but worth a look. */
  warnings: CatalogueFault[]
}

/** What is wrong with a catalogue file, and what it holds if nothing is. */
export interface CatalogueCheck extends CatalogueCounts {
  ok: boolean
  errors: CatalogueFault[]
  warnings: CatalogueFault[]
}

/** Checks a catalogue file without a database: every fault with its line. */
export function checkCatalogue(text: string): CatalogueCheck {
  const reading = readCatalogue(text)
  if (reading.outcome === 'refused') {
    return {
      ok: false,
      errors: reading.faults,
      warnings: [],
      projects: 0,
      offerings: 0,
      classes: 0,
      sessions: 0,
    }
  }
  return { ok: true, errors: [], warnings: reading.warnings, ...countsOf(reading.file) }
}

function countsOf({ projects }: CatalogueFile): CatalogueCounts {
  const offerings = projects.flatMap((project) => project.offerings ?? [])
  const classes = offerings.flatMap((offering) => offering.classes ?? [])
  const sessions = classes.flatMap((each) => each.sessions ?? [])
  return {
    projects: projects.length,
    offerings: offerings.length,
    classes: classes.length,
    sessions: sessions.length,
  }
}

/**
 * Imports a catalogue: all of it or nothing. What the file leaves out stays; what it states replaces what was stated
 * before, as a further version. Once an offering has claims, its approved hours and dates stay as they are
 * (interfaces.md §8). Accounts whose claims the change may concern are evaluated again.
 *
 * Throws InvalidInput `catalogue-invalid` with the line of each fault, and Conflict `catalogue-locked`.
 */
export async function importCatalogue(
  ground: Ground,
  text: string,
  order: { actor: string },
): Promise<CatalogueImportResult> {
  const reading = readCatalogue(text)
  if (reading.outcome === 'refused') throw invalid(reading.faults)
  const { file } = reading
  return transact(ground.db, async (trx) => {
    // First, since the mark's row lets one import in at a time.
    await bumpMark(trx, 'catalogue')
    const hand = { actor: order.actor, now: ground.now() }
    const plan = await planCatalogue(trx, file)
    await refuseLocked(trx, plan)
    await writeCatalogue(trx, plan, hand)
    const accounts = await afterwards(trx, plan, hand, countsOf(file))
    const warnings = [...reading.warnings, ...(await unknownParts(trx, file))]
    return { ...countsOf(file), changed: plan.offerings.length, accounts, warnings }
  })
}

function invalid(faults: CatalogueFault[]): InvalidInput {
  const told = faults.map(({ line, column, path, detail }) => `${line}:${column} ${path} ${detail}`)
  return new InvalidInput(
    'catalogue-invalid',
    `the catalogue cannot be imported:\n${told.join('\n')}`,
    faults.map(({ path, ...fault }) => ({ ...fault, pointer: `/${path.replaceAll('.', '/')}` })),
  )
}

async function refuseLocked(trx: Trx, plan: CataloguePlan): Promise<void> {
  const touched = plan.offerings.flatMap(({ before, after }) => {
    const fields = before ? lockedChanges(before, after) : []
    return fields.length > 0 ? [{ id: after.offeringId, code: after.code, fields }] : []
  })
  const claimed = await claimedOfferings(
    trx,
    touched.map(({ id }) => id),
  )
  const refused = touched.filter(({ id }) => claimed.has(id))
  if (refused.length === 0) return
  const told = refused.map(({ code, fields }) => `${code} (${fields.join(', ')})`).join('; ')
  throw new Conflict(
    'catalogue-locked',
    `there are claims on these offerings, so their approved hours and dates need a decision in the pages: ${told}`,
  )
}

async function afterwards(
  trx: Trx,
  plan: CataloguePlan,
  { actor, now }: CatalogueHand,
  counts: CatalogueCounts,
): Promise<number> {
  const isChange = plan.projects.length + plan.offerings.length + plan.activities.length > 0
  if (!isChange) return 0
  const importId = newId()
  const offeringIds = plan.offerings
    .filter(({ before, after }) => concernsPolicy(before, after))
    .map(({ after }) => after.offeringId)
  const accounts = await evaluateClaimsOn(trx, { offeringIds, cause: `catalogue:${importId}`, now })
  await recordAudit(trx, {
    actor,
    action: 'catalogue-imported',
    subjectKind: 'catalogue',
    subjectId: importId,
    detail: { ...counts, changed: plan.offerings.map(({ after }) => after.code), accounts },
    now,
  })
  return accounts
}

/** Parts of a path that nobody knows yet: they may come with a later file. */
async function unknownParts(trx: Trx, file: CatalogueFile): Promise<CatalogueFault[]> {
  const named = file.projects.flatMap((project, p) =>
    (project.offerings ?? []).flatMap((offering, o) =>
      (offering.contains ?? []).map((code) => ({ code, path: `projects.${p}.offerings.${o}.contains` })),
    ),
  )
  const known = await offeringsByCode(
    trx,
    named.map(({ code }) => code),
  )
  return named
    .filter(({ code }) => !known.has(code))
    .map(({ code, path }) => ({
      line: 0,
      column: 0,
      path,
      detail: `offering ${code} is not in the catalogue yet`,
    }))
}
