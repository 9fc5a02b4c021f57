import { type Id, sha256 } from '../../foundation/ids.ts'
import type { OfferingInfo } from '../catalogue/offering.ts'
import { canonical, documentBytes } from '../claims/canonical.ts'
import type { Claim } from '../claims/claim.ts'
import { evaluate } from '../policy/evaluate.ts'
import { type Evaluation, type EvaluationInput, engine, type Person } from '../policy/evaluation.ts'
import type { PolicyVersion } from '../policy/version.ts'
import type { AccountState } from './account-state.ts'
import { awardOf, type StandingAward } from './standing.ts'

/** What evaluation reads beside the facts of the account. */
export interface EvaluationFacts {
  policyOf(versionNo: number): PolicyVersion
  personOf(teacherId: Id): Person
  catalogue: ReadonlyMap<Id, OfferingInfo>
}

/** Asks policy what the account should hold, given all its facts; the digest fixes what was read. */
export function evaluateState(
  state: AccountState,
  facts: EvaluationFacts,
): { evaluation: Evaluation; inputDigest: Buffer } {
  const input = evaluationInputOf(state, facts)
  return { evaluation: evaluate(input), inputDigest: digestOf(state, input.claims, input.person, facts) }
}

/** What evaluation reads of an account. */
export function evaluationInputOf(state: AccountState, facts: EvaluationFacts): EvaluationInput {
  const frozen = [...state.holding.awards.values()].filter((standing) => isFrozen(state, standing))
  return {
    claims: [...state.claims.values()].map(({ claim }) => claim),
    acts: [...state.acts.values()].flat(),
    person: facts.personOf(state.teacherId),
    catalogue: facts.catalogue,
    frozen: frozen.map(awardOf),
    closedThrough: state.closedThrough,
    policy: facts.policyOf(state.policyVersion),
  }
}

/** Whether an award lies in a period that is closed for this account. */
export function isFrozen(state: AccountState, standing: StandingAward): boolean {
  return standing.periodNo <= state.closedThrough
}

const offeringDigests = new WeakMap<OfferingInfo, Buffer>()
const personDigests = new WeakMap<Person, Buffer>()

function digestOf(state: AccountState, claims: Claim[], person: Person, facts: EvaluationFacts): Buffer {
  const offeringIds = new Set(claims.flatMap(({ content }) => content.offeringId ?? []))
  const offerings = [...offeringIds].sort().map((id) => {
    const offering = facts.catalogue.get(id)
    return offering ? kept(offeringDigests, offering) : null
  })
  return sha256(
    canonical([engine, state.policyVersion, state.closedThrough, kept(personDigests, person)]),
    canonical(offerings),
    ...[...state.claims.values()].map(({ contentHash }) => contentHash).sort(Buffer.compare),
    ...state.actHashes.toSorted(Buffer.compare),
  )
}

function kept<T extends object>(digests: WeakMap<T, Buffer>, thing: T): Buffer {
  let digest = digests.get(thing)
  if (!digest) {
    digest = sha256(documentBytes(thing))
    digests.set(thing, digest)
  }
  return digest
}
