import { type Fault, InvalidInput } from '../../foundation/errors.ts'
import { isDay } from '../../foundation/time.ts'
import { type ClaimContent, claimKinds, type Fact, roles } from './claim.ts'

/** What the columns of the inbox and of claims can hold. */
const longest = { inputKey: 200, accountKey: 160, rawRef: 200, sourceAmount: 40, sourceUnit: 20, note: 500 }

/**
 * Throws InvalidInput `invalid-fact` when a fact does not fit the ledger.
 *
 * Doors check what people and machines send; this is the seat-belt behind
 * them, so that nothing reaches a posting that the database would refuse.
 */
export function refuseInvalid(facts: readonly Fact[]): void {
  const errors: Fault[] = []
  facts.forEach((fact, index) => {
    for (const [pointer, detail] of faultsOf(fact)) errors.push({ index, pointer, detail })
  })
  if (errors.length > 0) throw new InvalidInput('invalid-fact', 'a fact does not fit the ledger', errors)
}

function* faultsOf(fact: Fact): Generator<[string, string]> {
  const keyBytes = Buffer.byteLength(fact.inputKey)
  if (keyBytes === 0 || keyBytes > (fact.kind === 'evaluate' ? longest.accountKey : longest.inputKey)) {
    yield ['/inputKey', 'is empty or too long']
  }
  if (fact.inputHash.length !== 32) yield ['/inputHash', 'is not a SHA-256']
  if (fact.kind === 'claim') yield* faultsOfContent(fact.content)
  if (fact.kind === 'act') {
    const { act } = fact
    if (act.checkerId != null && act.checkerId === act.makerId) yield ['/act/checkerId', 'is the maker']
    if (tooLong(act.note, longest.note)) yield ['/act/note', 'is too long']
    if (act.valueMilliHours != null && !isAmount(act.valueMilliHours)) {
      yield ['/act/valueMilliHours', 'is not a whole number of thousandths']
    }
  }
}

function* faultsOfContent(content: ClaimContent): Generator<[string, string]> {
  if (!claimKinds.words.includes(content.kind)) yield ['/content/kind', 'is not a kind of claim']
  if (!roles.words.includes(content.role)) yield ['/content/role', 'is not a role']
  for (const name of ['beganAt', 'endedAt', 'receivedAt'] as const) {
    const instant = content[name]
    if (instant !== null && !Number.isSafeInteger(instant)) yield [`/content/${name}`, 'is not an instant']
  }
  if (!isDay(content.endedOn)) yield ['/content/endedOn', 'is not a day']
  for (const name of ['rawRef', 'sourceAmount', 'sourceUnit'] as const) {
    if (tooLong(content[name], longest[name])) yield [`/content/${name}`, 'is too long']
  }
}

function tooLong(text: string | null | undefined, most: number): boolean {
  return text != null && text.length > most
}

function isAmount(milliHours: number): boolean {
  return Number.isSafeInteger(milliHours) && milliHours >= 0
}
