import type { Handle } from '../../foundation/database/connect.ts'
import { readMarks } from '../../foundation/database/marks.ts'
import type { Id } from '../../foundation/ids.ts'
import { offeringFactsOf } from '../catalogue/facts.ts'
import { type OfferingInfo, offeringsByCode } from '../catalogue/offering.ts'
import { type Dated, type Person, unknownPerson } from '../policy/evaluation.ts'
import type { PolicyVersion } from '../policy/version.ts'
import { type TeacherFacts, teacherFactsOf } from '../roster/facts.ts'
import type { AccountState } from './account-state.ts'
import type { EvaluationFacts } from './evaluate-state.ts'

/** Offerings as of one mark of the catalogue. Another mark gets another one, so that late answers never mix. */
class KnownOfferings {
  readonly mark: number
  #offerings = new Map<Id, OfferingInfo | null>()
  #idOfPart = new Map<string, Id>()

  constructor(mark: number) {
    this.mark = mark
  }

  async read(handle: Handle, ids: readonly Id[]): Promise<Map<Id, OfferingInfo>> {
    const missing = ids.filter((id) => !this.#offerings.has(id))
    if (missing.length > 0) {
      const found = await offeringFactsOf(handle, missing)
      await this.#readParts(handle, [...found.values()])
      for (const id of missing) this.#offerings.set(id, found.get(id) ?? null)
    }
    const offerings = new Map<Id, OfferingInfo>()
    for (const id of ids) this.#collect(id, offerings)
    return offerings
  }

  /** A path is read with its parts, and theirs: what it contains decides which awards count once. */
  async #readParts(handle: Handle, offerings: OfferingInfo[]): Promise<void> {
    const codes = offerings.flatMap(({ contains }) => contains).filter((code) => !this.#idOfPart.has(code))
    if (codes.length === 0) return
    const parts = [...(await offeringsByCode(handle, [...new Set(codes)])).values()]
    for (const part of parts) {
      this.#offerings.set(part.offeringId, part)
      this.#idOfPart.set(part.code, part.offeringId)
    }
    await this.#readParts(handle, parts)
  }

  #collect(id: Id, into: Map<Id, OfferingInfo>): void {
    const offering = this.#offerings.get(id)
    if (!offering || into.has(id)) return
    into.set(id, offering)
    for (const code of offering.contains) this.#collect(this.#idOfPart.get(code) ?? '', into)
  }
}

/** Persons as of one mark of the roster. */
class KnownPersons {
  readonly mark: number
  #persons = new Map<Id, Person>()

  constructor(mark: number) {
    this.mark = mark
  }

  /** More than this and it begins anew, so that memory stays flat in a large district. */
  get isFull(): boolean {
    return this.#persons.size > 20_000
  }

  async read(handle: Handle, ids: readonly Id[]): Promise<Map<Id, Person>> {
    const missing = ids.filter((id) => !this.#persons.has(id))
    if (missing.length > 0) {
      const found = await teacherFactsOf(handle, missing)
      for (const id of missing) {
        const facts = found.get(id)
        this.#persons.set(id, facts ? personOf(facts) : unknownPerson)
      }
    }
    return new Map(ids.map((id) => [id, this.#persons.get(id) ?? unknownPerson]))
  }
}

/**
 * What changes seldom and is read for every batch: offerings and persons as of a mark, and policy versions, which never
 * change. One a process and database; bounded by the size of the catalogue.
 */
export class FactCache {
  #catalogue = new KnownOfferings(-1)
  #roster = new KnownPersons(-1)
  #policies = new Map<number, PolicyVersion>()
  #readPolicy: (handle: Handle, versionNo: number) => Promise<PolicyVersion>

  constructor(readPolicy: (handle: Handle, versionNo: number) => Promise<PolicyVersion>) {
    this.#readPolicy = readPolicy
  }

  /** What is known at the marks of catalogue and roster that this transaction sees, or newer. */
  async current(handle: Handle): Promise<{ catalogue: KnownOfferings; roster: KnownPersons }> {
    // The marks are read first: what is read after them may be newer, never older.
    const { catalogue, roster } = await readMarks(handle)
    if (catalogue !== this.#catalogue.mark) this.#catalogue = new KnownOfferings(catalogue)
    if (roster !== this.#roster.mark || this.#roster.isFull) this.#roster = new KnownPersons(roster)
    return { catalogue: this.#catalogue, roster: this.#roster }
  }

  /** The policy versions with these numbers. */
  async policies(handle: Handle, versionNos: Iterable<number>): Promise<ReadonlyMap<number, PolicyVersion>> {
    for (const versionNo of new Set(versionNos)) {
      if (this.#policies.has(versionNo)) continue
      this.#policies.set(versionNo, await this.#readPolicy(handle, versionNo))
    }
    return this.#policies
  }
}

/**
 * Everything evaluation reads of roster, catalogue and policy for these accounts, whose claims are all known to
 * `states`. `more` names offerings and policy versions that their states do not name yet.
 */
export async function evaluationFactsFor(
  handle: Handle,
  cache: FactCache,
  states: readonly AccountState[],
  more: { offeringIds?: Id[]; policyVersions?: number[] } = {},
): Promise<EvaluationFacts> {
  const offeringIds = new Set(more.offeringIds)
  for (const { claims } of states) {
    for (const { claim } of claims.values()) {
      if (claim.content.offeringId !== null) offeringIds.add(claim.content.offeringId)
    }
  }
  const known = await cache.current(handle)
  const catalogue = await known.catalogue.read(handle, [...offeringIds])
  const teacherIds = states.map(({ teacherId }) => teacherId)
  const persons = await known.roster.read(handle, teacherIds)
  const policies = await cache.policies(handle, [
    ...states.map(({ policyVersion }) => policyVersion),
    ...(more.policyVersions ?? []),
  ])
  return {
    catalogue,
    policyOf: (versionNo) => policies.get(versionNo) as PolicyVersion,
    personOf: (teacherId) => persons.get(teacherId) ?? unknownPerson,
  }
}

/**
 * What policy reads of a person, from what the roster says. Of somebody for whom the roster has no employment, post
 * and school status are unknown, not absent.
 */
export function personOf(facts: TeacherFacts): Person {
  if (facts.employments.length === 0) {
    const { enteredOn, registeredOn, tier } = facts
    return { ...unknownPerson, enteredOn, registeredOn, tiers: tier }
  }
  return {
    enteredOn: facts.enteredOn,
    registeredOn: facts.registeredOn,
    tiers: facts.tier,
    posts: facts.employments.flatMap(({ post, from, to }) =>
      post === null ? [] : [{ from, to, value: post }],
    ),
    schoolStatuses: facts.employments.flatMap(({ school, from, to }) =>
      school.status.flatMap((status) => overlapOf(status, { from, to })),
    ),
  }
}

function overlapOf(status: Dated<string>, days: Pick<Dated<string>, 'from' | 'to'>): Dated<string>[] {
  const from = later(status.from, days.from)
  const to = earlier(status.to, days.to)
  return from !== null && to !== null && from > to ? [] : [{ value: status.value, from, to }]
}

function later(a: string | null, b: string | null): string | null {
  return a === null ? b : b === null ? a : a > b ? a : b
}

function earlier(a: string | null, b: string | null): string | null {
  return a === null ? b : b === null ? a : a < b ? a : b
}
