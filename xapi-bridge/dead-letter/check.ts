import type { Config } from '../../foundation/config.ts'
import { idBytes } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { type Fault, token } from '../language/faults.ts'
import { uuidBytes, uuidText } from '../language/uuid.ts'
import { faultsOutside } from '../sources/namespaces.ts'
import type { Source } from '../sources/source.ts'
import { flag } from '../statements/flags.ts'
import { isRepeat } from '../statements/flush.ts'
import { type Prepared, prepare, type Reading } from '../statements/prepare.ts'
import { statementSeal } from '../statements/sealed.ts'
import { checkSignatures } from '../statements/signature.ts'
import type { RejectedInput } from './input.ts'
import { stars } from './mask.ts'
import { replayedId } from './mendings.ts'

/** One statement as a replay would store it, or why it would not. */
export interface Checked {
  index: number
  text: string
  /** Null while there are faults. */
  prepared: Prepared | null
  /** It is stored already, with the same content: a replay would find a duplicate. */
  isKnown: boolean
  faults: Fault[]
}

/** What checking statements of a rejected input needs. */
export interface Checking {
  handle: Handle
  config: Pick<Config, 'identityKey'>
  source: Source
  input: RejectedInput
  /** Bytes of attachments that came with the statements. */
  parts: ReadonlyMap<string, Buffer>
}

/**
 * Checks statements of a rejected input as the endpoint would: each by itself, then their ids among each other and
 * against what the source has stored. Those without an id get the one that follows from the input and their place.
 */
export async function checkTexts(on: Checking, texts: { index: number; text: string }[]): Promise<Checked[]> {
  const checked: Checked[] = []
  for (const { index, text } of texts) checked.push(await checkOne(on, index, text))
  const seen = new Set<Id>()
  for (const one of checked) {
    if (!one.prepared) continue
    if (seen.has(one.prepared.id)) refuse(one, 'repeated-id')
    else seen.add(one.prepared.id)
  }
  await compareWithStored(on, checked)
  return checked
}

async function checkOne(on: Checking, index: number, text: string): Promise<Checked> {
  const { source, input } = on
  const preparation = prepare(Buffer.from(text), readingOf(on, index, text))
  const prepared = preparation.statements?.[0] ?? null
  const faults: Fault[] = [...preparation.faults]
  if (prepared) {
    faults.push(...faultsOutside(source, [prepared]))
    if (prepared.claimsSignature) {
      const signing = { version: input.version, guard: source.guard, parts: on.parts }
      const { faults: wrong, verified } = await checkSignatures(prepared, 0, signing)
      faults.push(...wrong)
      if (verified) prepared.flags |= flag.signed
    }
  }
  if (input.isMasked && text.includes(stars))
    for (const pointer of starredIn(text)) faults.push({ index, pointer, code: 'masked-value' })
  return {
    index,
    text,
    prepared: faults.length === 0 ? prepared : null,
    isKnown: false,
    faults: faults.map((fault) => ({ ...fault, index })),
  }
}

function readingOf({ config, source, input, parts }: Checking, index: number, text: string): Reading {
  const reading: Reading = {
    storeId: source.storeId,
    version: input.version,
    guard: source.guard,
    single: true,
  }
  if (source.guard === 'seal') reading.seal = statementSeal(config, source.storeId)
  if (parts.size > 0) reading.parts = parts
  const statementId = hasOwnId(text) ? input.addressId : (input.addressId ?? replayedId(input.id, index))
  if (statementId !== null) reading.statementId = statementId
  return reading
}

function hasOwnId(text: string): boolean {
  try {
    return (JSON.parse(text) as { id?: unknown } | null)?.id !== undefined
  } catch {
    return true
  }
}

/** Pointers of all texts and names in which an identity number was starred out. */
function starredIn(text: string): string[] {
  const found: string[] = []
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'string' && value.includes(stars)) found.push(path)
    if (typeof value !== 'object' || value === null) return
    for (const [key, entry] of Object.entries(value)) {
      const at = `${path}/${token(key)}`
      if (key.includes(stars)) found.push(at)
      walk(entry, at)
    }
  }
  try {
    walk(JSON.parse(text), '')
  } catch {
    return ['']
  }
  return found.length > 0 ? found : ['']
}

async function compareWithStored({ handle, source, input }: Checking, checked: Checked[]): Promise<void> {
  const byId = new Map(
    checked.flatMap((one) => (one.prepared ? [[one.prepared.id, one]] : [])) as [Id, Checked][],
  )
  const ids = [...byId.keys()]
  for (let from = 0; from < ids.length; from += 500) {
    const rows: { statement_id: Buffer; sha256: Buffer; raw: Buffer }[] = await handle('statement')
      .select('statement_id', 'sha256', 'raw')
      .where({ store_id: idBytes(source.storeId) })
      .whereIn('statement_id', ids.slice(from, from + 500).map(uuidBytes))
    for (const row of rows) {
      const one = byId.get(uuidText(row.statement_id))
      if (!one?.prepared) continue
      const earlier = { sha256: row.sha256.toString('hex'), text: row.raw.toString() }
      if (isRepeat(one.prepared, earlier, input.version)) one.isKnown = true
      else refuse(one, 'statement-conflict')
    }
  }
}

function refuse(one: Checked, code: 'repeated-id' | 'statement-conflict'): void {
  one.prepared = null
  one.faults.push({ index: one.index, pointer: '/id', code })
}
