import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { derivedId, type Id, newId } from '../../foundation/ids.ts'
import { projectRoot } from '../../foundation/root.ts'
import { type Day, dayOf, type Instant, instantOf } from '../../foundation/time.ts'
import type { OfferingInfo } from '../../ledger/catalogue/offering.ts'
import type { Claim, ClaimAct, ClaimContent } from '../../ledger/claims/claim.ts'
import type { FlatPolicy, PolicyDocument } from '../../ledger/policy/document.ts'
import { evaluate } from '../../ledger/policy/evaluate.ts'
import { type Award, type EvaluationInput, unknownPerson } from '../../ledger/policy/evaluation.ts'
import { layer } from '../../ledger/policy/layer.ts'
import { readPolicies } from '../../ledger/policy/read.ts'
import type { PolicyVersion } from '../../ledger/policy/version.ts'

const space = 'b9d9cdd0-6a8b-4f6b-9a53-3d6f3e2f7d10'

/** An id that is the same in every run. */
export const idOf = (name: string): Id => derivedId(space, name)

/** The text of a shipped file. */
export const shippedText = (file: string): string => readFileSync(join(projectRoot, 'policies', file), 'utf8')

/** The shipped files by name. */
export const shippedFiles = readdirSync(join(projectRoot, 'policies')).filter((file) =>
  file.endsWith('.yaml'),
)

/** Every shipped document by id. */
export const shipped: ReadonlyMap<string, PolicyDocument> = new Map(
  shippedFiles.flatMap((file) => readPolicies(shippedText(file))).map((document) => [document.id, document]),
)

/** A shipped document with its parents layered in. */
export function shippedPolicy(id: string): FlatPolicy {
  const document = shipped.get(id)
  if (!document) throw new Error(`${id} is not shipped`)
  return layer(document, (parent) => shipped.get(parent) ?? null).policy
}

/** The demo district's policy, which has a value for every setting. */
export const examplePolicy = shippedPolicy('example.district.2026')

/** One policy that governs from a day on, for ever. */
export const governing = (policy: FlatPolicy, from: Day = '2000-01-01'): PolicyVersion => ({
  versionNo: 1,
  spans: [{ from, to: null, policy }],
})

/** An approved online course of six hours that is recognised without a person. */
export function anOffering(changes: Partial<OfferingInfo> = {}): OfferingInfo {
  const code = changes.code ?? 'KC-1'
  return {
    offeringId: idOf(code),
    code,
    title: '师德与法治',
    projectNo: '2026-XM-1',
    projectTitle: '新时代师德专题',
    organisers: ['示例区教师发展中心'],
    approvedOn: '2026-01-05',
    level: 'district',
    category: '师德与素养',
    form: '网络研修',
    topic: null,
    audience: null,
    approvedMilliHours: 6_000,
    awardBasis: 'fixed_on_pass',
    approvalMode: 'auto',
    passMark: null,
    attendanceThreshold: null,
    contains: [],
    packageCode: null,
    classes: [],
    ...changes,
  }
}

/** Four sessions of 90 minutes, each on a day of its own. */
export function aCourseWithSessions(changes: Partial<OfferingInfo> = {}): OfferingInfo {
  const code = changes.code ?? 'KC-A'
  return anOffering({
    form: '集中培训',
    awardBasis: 'by_attendance',
    attendanceThreshold: '0.75',
    approvedMilliHours: 8_000,
    classes: [
      {
        trainingClassId: idOf(`${code} class`),
        code: '2026-1',
        from: '2026-03-01',
        to: '2026-06-30',
        sessions: ['2026-03-05', '2026-03-12', '2026-03-19', '2026-03-26'].map((day, at) => ({
          sessionId: idOf(`${code} ${at + 1}`),
          no: at + 1,
          startsAt: instantOf(`${day}T14:00:00+08:00`),
          minutes: 90,
          place: null,
          content: null,
          presenter: null,
        })),
      },
    ],
    ...changes,
    code,
  })
}

/** A completion from our own tool with every kind of evidence, received when it happened. */
export function aClaim(changes: Partial<ClaimContent> & { claimId?: Id; on?: Day } = {}): Claim {
  const { claimId = newId(), on = '2026-03-10', ...content } = changes
  const endedAt = content.endedAt ?? instantOf(`${on}T10:00:00+08:00`)
  return {
    claimId,
    content: {
      kind: 'completion',
      source: { id: idOf('source'), name: 'tool', preset: 'xueshi-tool' },
      offeringId: idOf('KC-1'),
      trainingClassId: null,
      sessionId: null,
      attempt: null,
      role: 'participant',
      beganAt: null,
      endedAt,
      endedOn: dayOf(endedAt),
      receivedAt: endedAt,
      sourceAmount: null,
      sourceUnit: null,
      completion: true,
      passed: true,
      scorePercent: null,
      evidence: ['完成', '测评'],
      durationSeconds: null,
      rawRef: `statement:${claimId}`,
      flags: [],
      ...content,
    },
  }
}

/** A check-in at one session of `aCourseWithSessions`. */
export function anAttendance(
  no: number,
  changes: Parameters<typeof aClaim>[0] & { code?: string } = {},
): Claim {
  const { code = 'KC-A', ...content } = changes
  return aClaim({
    offeringId: idOf(code),
    trainingClassId: idOf(`${code} class`),
    sessionId: idOf(`${code} ${no}`),
    on: `2026-03-${String(7 * no - 2).padStart(2, '0')}`,
    completion: false,
    passed: null,
    evidence: ['签到'],
    ...content,
  })
}

/** An act on a claim; `actNo` is 1 unless told. */
export function anAct(claim: Claim, kind: ClaimAct['kind'], changes: Partial<ClaimAct> = {}): ClaimAct {
  return {
    actId: newId(),
    claimId: claim.claimId,
    actNo: 1,
    kind,
    reason: 'other',
    note: null,
    makerId: idOf('maker'),
    checkerId: null,
    authorityId: null,
    valueMilliHours: null,
    recordedAt: 0 as Instant,
    ...changes,
  }
}

/** Evaluates claims on some offerings under a policy, the demo district's unless told. */
export function evaluated(
  claims: Claim[],
  {
    offerings = [anOffering()],
    policy = examplePolicy,
    ...more
  }: Partial<Omit<EvaluationInput, 'policy'>> & {
    offerings?: OfferingInfo[]
    policy?: FlatPolicy | PolicyVersion
  } = {},
) {
  return evaluate({
    claims,
    acts: [],
    person: unknownPerson,
    catalogue: new Map(offerings.map((offering) => [offering.offeringId, offering])),
    frozen: [],
    ...more,
    policy: 'spans' in policy ? policy : governing(policy),
  })
}

/** Milli-hours by bucket over some awards. */
export function bucketsOf(awards: Award[]): { counted: number; excess: number; pending: number } {
  const sums = { counted: 0, excess: 0, pending: 0 }
  for (const { split } of awards) for (const { bucket, milliHours } of split) sums[bucket] += milliHours
  return sums
}

/** Where each award stands, as `bucket why hours`, by award. */
export function placesOf(awards: Award[]): string[][] {
  return awards.map(({ split }) =>
    split.map(({ bucket, why, milliHours }) => `${bucket} ${why} ${milliHours / 1000}`),
  )
}
