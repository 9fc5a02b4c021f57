import { idBytes, sumOf } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { isDuplicateKey } from '../../foundation/database/dialect.ts'
import { transact } from '../../foundation/database/transact.ts'
import { Conflict, InvalidInput, NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, sha256 } from '../../foundation/ids.ts'
import { type Day, isDay } from '../../foundation/time.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import { lockConversion } from '../reading/cursor.ts'
import { documentOf, type RuleSet, ruleSetFromFile } from '../rules/rule-set.ts'
import { baseRules } from '../rules/source-rules.ts'
import { type RuleVersion, versionAt } from '../rules/versions.ts'
import type { Source } from '../sources/source.ts'

/** Who proposes or approves, as an account: two people are two accounts. */
export interface RuleMaker {
  loginId: Id
  /** As the audit names them: `login:…`. */
  actor: string
  reason: string
}

/**
 * Reads a rule file for a source: a whole rule set, or what differs from a preset, by default from the source's own.
 * Throws InvalidInput `rules-invalid`.
 */
export function rulesForSource(source: Source, text: string): RuleSet {
  return ruleSetFromFile(text, baseRules(source))
}

/**
 * Proposes rules for events of a source from a civil day on. Nothing changes until a second person approves. Throws
 * InvalidInput `rules-invalid`.
 */
export async function proposeRules(
  ground: Ground,
  wish: { source: Source; text: string; validFrom: Day } & RuleMaker,
): Promise<RuleVersion> {
  if (!isDay(wish.validFrom)) {
    throw new InvalidInput('rules-invalid', 'rules begin on a civil day, such as 2026-01-31')
  }
  const document = documentOf(rulesForSource(wish.source, wish.text))
  for (let attempt = 1; ; attempt++) {
    try {
      return await transact(ground.db, (trx) => insertProposal(ground, trx, { ...wish, document }))
    } catch (error) {
      // Somebody proposed at the same time and took the number.
      if (attempt === 5 || !isDuplicateKey(error, 'PRIMARY')) throw error
    }
  }
}

async function insertProposal(
  ground: Ground,
  trx: Trx,
  wish: { source: Source; document: string; validFrom: Day } & RuleMaker,
): Promise<RuleVersion> {
  const source_id = idBytes(wish.source.id)
  const row = await trx('rule_set_version').where({ source_id }).max({ n: 'version_no' }).first()
  const versionNo = sumOf(row?.n) + 1
  const now = ground.now()
  await trx('rule_set_version').insert({
    source_id,
    version_no: versionNo,
    valid_from: wish.validFrom,
    document: Buffer.from(wish.document),
    content_hash: sha256(wish.document),
    state: 'proposed',
    reason: wish.reason.slice(0, 500),
    maker_id: idBytes(wish.loginId),
    made_by: wish.actor.slice(0, 200),
    made_at: now,
    checker_id: null,
    checked_by: null,
    checked_at: null,
    reached: 0,
    through: null,
    applied_at: null,
  })
  await audit(trx, ground, 'rules-proposed', wish.source.id, versionNo, wish)
  return (await versionAt(trx, wish.source.id, versionNo)) as RuleVersion
}

/**
 * Approves proposed rules, or rejects them. Approved rules read every event of their days at once; what was read before
 * is read again by `applyRules`. Throws NotFound `rules-unknown`, and Conflict `rules-decided` or
 * `rules-same-person`.
 */
export async function decideRules(
  ground: Ground,
  wish: { sourceId: Id; versionNo: number; verdict: 'approve' | 'reject' } & RuleMaker,
): Promise<RuleVersion> {
  return transact(ground.db, async (trx) => {
    // Whoever reads statements reads them by the old rules up to here, and by the new ones after.
    const through = await lockConversion(trx)
    const version = await versionAt(trx, wish.sourceId, wish.versionNo)
    if (!version) throw new NotFound('rules-unknown', 'the source has no such version of its rules')
    if (version.state !== 'proposed') {
      throw new Conflict('rules-decided', 'somebody decided on these rules before')
    }
    if (wish.verdict === 'approve' && version.makerId === wish.loginId) {
      throw new Conflict('rules-same-person', 'rules are approved by somebody else than who proposed them')
    }
    const now = ground.now()
    const isApproved = wish.verdict === 'approve'
    await trx('rule_set_version')
      .where({ source_id: idBytes(wish.sourceId), version_no: wish.versionNo })
      .update({
        state: isApproved ? 'active' : 'rejected',
        checker_id: version.makerId === wish.loginId ? null : idBytes(wish.loginId),
        checked_by: wish.actor.slice(0, 200),
        checked_at: now,
        through: isApproved ? through : null,
      })
    await audit(
      trx,
      ground,
      isApproved ? 'rules-approved' : 'rules-rejected',
      wish.sourceId,
      wish.versionNo,
      wish,
    )
    return (await versionAt(trx, wish.sourceId, wish.versionNo)) as RuleVersion
  })
}

function audit(
  trx: Trx,
  ground: Ground,
  action: string,
  sourceId: Id,
  versionNo: number,
  { actor, reason }: RuleMaker,
): Promise<void> {
  return recordAudit(trx, {
    actor,
    action,
    subjectKind: 'source',
    subjectId: sourceId,
    detail: { version: versionNo, reason },
    now: ground.now(),
  })
}
