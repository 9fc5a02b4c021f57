import type { Trx } from '../../foundation/database/connect.ts'
import { bumpMark } from '../../foundation/database/marks.ts'
import { transact } from '../../foundation/database/transact.ts'
import { NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { newId } from '../../foundation/ids.ts'
import type { Day } from '../../foundation/time.ts'
import { recordAudit } from '../audit/record.ts'
import { type OfferingChange, offeringsOfProject, projectsByNo, withProject } from './catalogue-plan.ts'
import { evaluateClaimsOn } from './claimed.ts'
import { offeringByCode } from './offering.ts'
import { writeCatalogue } from './write.ts'

/** What a decision changed. */
export interface DecisionResult {
  /** Offerings that changed. */
  offerings: number
  /** Accounts that are evaluated again. */
  accounts: number
}

/**
 * Approves a project from a day on, moves its approval, or with null takes it back: a decision in the pages, which may
 * change what has claims already. It stands in the audit with its reason. Throws NotFound `project-unknown`.
 */
export async function decideApproval(
  ground: Ground,
  order: { projectNo: string; approvedOn: Day | null; actor: string; reason: string },
): Promise<DecisionResult> {
  return transact(ground.db, async (trx) => {
    await bumpMark(trx, 'catalogue')
    const known = (await projectsByNo(trx, [order.projectNo])).get(order.projectNo)
    if (!known) throw new NotFound('project-unknown', `there is no project ${order.projectNo}`)
    const project = { ...known, approvedOn: order.approvedOn }
    const offerings = (await offeringsOfProject(trx, project.projectId))
      .map((before) => ({ before, after: withProject(project, before) }))
      .filter(({ before, after }) => before.approvedOn !== after.approvedOn)
    return decided(
      trx,
      ground,
      { projects: [project], offerings, activities: [] },
      {
        action: 'project-approval-decided',
        subjectKind: 'project',
        subjectId: order.projectNo,
        detail: { from: known.approvedOn, to: order.approvedOn, reason: order.reason },
        actor: order.actor,
      },
    )
  })
}

/**
 * Sets the approved hours of an offering by a decision in the pages, also where it has claims already. It stands in
 * the audit with its reason. Throws NotFound `offering-unknown`.
 */
export async function decideHours(
  ground: Ground,
  order: { offeringCode: string; approvedMilliHours: number; actor: string; reason: string },
): Promise<DecisionResult> {
  return transact(ground.db, async (trx) => {
    await bumpMark(trx, 'catalogue')
    const before = await offeringByCode(trx, order.offeringCode)
    if (!before) throw new NotFound('offering-unknown', `there is no offering ${order.offeringCode}`)
    const after = { ...before, approvedMilliHours: order.approvedMilliHours }
    const isChange = before.approvedMilliHours !== after.approvedMilliHours
    return decided(
      trx,
      ground,
      { projects: [], offerings: isChange ? [{ before, after }] : [], activities: [] },
      {
        action: 'offering-hours-decided',
        subjectKind: 'offering',
        subjectId: order.offeringCode,
        detail: { from: before.approvedMilliHours, to: order.approvedMilliHours, reason: order.reason },
        actor: order.actor,
      },
    )
  })
}

async function decided(
  trx: Trx,
  ground: Ground,
  plan: Parameters<typeof writeCatalogue>[1] & { offerings: OfferingChange[] },
  trace: {
    action: string
    subjectKind: string
    subjectId: string
    detail: Record<string, unknown>
    actor: string
  },
): Promise<DecisionResult> {
  const now = ground.now()
  await writeCatalogue(trx, plan, { actor: trace.actor, now })
  const accounts = await evaluateClaimsOn(trx, {
    offeringIds: plan.offerings.map(({ after }) => after.offeringId),
    cause: `catalogue:${newId()}`,
    now,
  })
  await recordAudit(trx, { ...trace, now })
  return { offerings: plan.offerings.length, accounts }
}
