import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import type { Command } from 'commander'
import { InvalidInput, NotFound } from '../foundation/errors.ts'
import type { Ground } from '../foundation/ground.ts'
import type { Id } from '../foundation/ids.ts'
import { type BulkResult, mendAll, mendThese } from '../xapi-bridge/dead-letter/bulk.ts'
import type { MendingPlan } from '../xapi-bridge/dead-letter/draft.ts'
import { openByCode, rejectedPage } from '../xapi-bridge/dead-letter/find.ts'
import { type InputState, inputStates } from '../xapi-bridge/dead-letter/input.ts'
import { type MendingName, mendingNames } from '../xapi-bridge/dead-letter/mendings.ts'
import { dismiss, type SettleOrder } from '../xapi-bridge/dead-letter/settle.ts'
import { rejectedJson, summaryJson } from '../xapi-bridge/dead-letter/shown.ts'
import { shownFaults } from '../xapi-bridge/errors.ts'
import { checkInsIn } from '../xapi-bridge/imports/check-ins.ts'
import { importStatements, type Made, statementsIn } from '../xapi-bridge/imports/import.ts'
import { piecesOf } from '../xapi-bridge/imports/pieces.ts'
import { type FaultCode, faultCodes } from '../xapi-bridge/language/faults.ts'
import { type Source, sourceByName } from '../xapi-bridge/sources/source.ts'
import { type Answer, answering, command, Refusal } from './answer.ts'
import { readNamed } from './files.ts'
import { operator, operatorId, withGround } from './open.ts'
import { readId } from './option.ts'
import { isSameFile, RefusedFile } from './refused-file.ts'

/** Commands about statements: taking them from a file, and mending what was refused. */
export function addStatementCommands(program: Command): void {
  const statements = program.command('statements').description('statements from files, and refused ones')
  command(
    statements,
    'import',
    'store the statements of a file for a source; the same file again adds nothing',
  )
    .argument('<file>', 'lines of JSON, a JSON list, an answer of an LRS, or a .csv of check-ins')
    .requiredOption('--source <name>')
    .option('--refused <path>', 'where refused statements go; default beside the file')
    .action(
      answering((file: string, options: { source: string; refused?: string }) =>
        withGround((ground) => importFile(ground, file, options)),
      ),
    )
  command(
    statements,
    'rejected',
    'requests that were refused for their content, or one of them with its faults',
  )
    .argument('[id]')
    .option('--source <name>')
    .option('--code <code>', 'only those with this fault')
    .option('--state <state>', 'open (default), mended, dismissed or all')
    .action(
      answering((id: string | undefined, options: ListOptions) =>
        withGround((ground) => (id === undefined ? list(ground, options) : one(ground, id))),
      ),
    )
  command(statements, 'replay', 'mend refused requests and store their statements')
    .argument('[id...]', 'as `statements rejected` lists them')
    .option('--code <code>', 'everything open with this fault')
    .option('--all-of <source>', 'everything open of this source; with --code, only what has that fault')
    .option('--mending <name...>', `what to mend: ${mendingNames.join(', ')}`)
    .option('--edits <file>', 'JSON list of {index, statement}: statements of one request, written anew')
    .option('--reason <words>', 'kept with every statement', 'statements replay')
    .option('--dry-run', 'say what would be stored')
    .option('--refused <path>', 'where statements go that still have faults', 'replay.refused.ndjson')
    .action(
      answering((ids: string[], options: ReplayOptions) =>
        withGround((ground) => replay(ground, ids, options)),
      ),
    )
  command(statements, 'dismiss', 'set refused requests aside for good')
    .argument('<id...>')
    .requiredOption('--reason <words>', 'kept with the request')
    .action(
      answering((ids: string[], options: { reason: string }) =>
        withGround(async (ground) => {
          for (const id of ids) await dismiss(ground, rejectedId(id), orderOf(options.reason))
          return { dismissed: ids.length }
        }),
      ),
    )
}

async function sourceNamed({ db }: Ground, name: string): Promise<Source> {
  const source = await sourceByName(db, name)
  if (!source) throw new NotFound('source-unknown', `no source is named ${name}`)
  return source
}

async function importFile(
  ground: Ground,
  file: string,
  options: { source: string; refused?: string },
): Promise<Answer> {
  const source = await sourceNamed(ground, options.source)
  const isCsv = extname(file).toLowerCase() === '.csv'
  const made = isCsv ? checkIns(ground, file, source) : statementsIn(piecesOf(await chunksOf(file)))
  const path = options.refused ?? join(dirname(file), `${basename(file, extname(file))}.refused.ndjson`)
  if (await isSameFile(path, file))
    throw new InvalidInput(
      'bad-usage',
      '--refused names the file itself; what is refused needs one of its own',
    )
  const refused = new RefusedFile(path)
  try {
    const order = {
      source,
      actor: operator(),
      operatorId: operatorId(),
      onRefused: ({ line, errors, text }: { line: number; errors: object[]; text: string | null }) =>
        refused.write({ line, errors }, isCsv ? 'row' : 'statement', text),
    }
    const { endedAtLine, ...counts } = await importStatements(ground, order, made)
    const answer = { ...counts, refused_file: refused.written }
    if (endedAtLine !== null) throw new Refusal({ ...answer, ended_at_line: endedAtLine })
    if (counts.refused > 0 && counts.accepted + counts.duplicate === 0) throw new Refusal(answer)
    return answer
  } finally {
    await refused.close()
  }
}

async function* checkIns({ config }: Ground, file: string, source: Source): AsyncGenerator<Made> {
  yield* checkInsIn(await readNamed(file), source, config.xapiIriBase)
}

/** The file in chunks. Opened here, so that one that cannot be read is refused before anything begins. */
async function chunksOf(path: string): Promise<AsyncIterable<Buffer>> {
  const handle = await open(path).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'there is no such file' : 'it cannot be read'
    throw new InvalidInput('file-unreadable', `${path}: ${why}`)
  })
  if ((await handle.stat()).isDirectory()) {
    await handle.close()
    throw new InvalidInput('file-unreadable', `${path}: it is a folder`)
  }
  return createReadStream(path, { fd: handle, highWaterMark: 1024 * 1024 })
}

interface ListOptions {
  source?: string
  code?: string
  state?: string
}

async function list(ground: Ground, { source, code, state = 'open' }: ListOptions): Promise<Answer> {
  if (state !== 'all' && !inputStates.includes(state as InputState))
    throw new InvalidInput('bad-usage', `--state takes ${inputStates.join(', ')} or all`)
  const filter = {
    ...(source === undefined ? {} : { sourceId: (await sourceNamed(ground, source)).id }),
    ...(code === undefined ? {} : { code: faultCodeOf(code) }),
    ...(state === 'all' ? {} : { state: state as InputState }),
  }
  const items: object[] = []
  for (let before: Id | undefined; ; ) {
    const { inputs, total } = await rejectedPage(ground.db, filter, {
      size: 500,
      ...(before ? { before } : {}),
    })
    items.push(...inputs.map(summaryJson))
    before = inputs.at(-1)?.id
    if (inputs.length === 500 && before !== undefined) continue
    return { inputs: items, total, open_by_code: Object.fromEntries(await openByCode(ground.db, filter)) }
  }
}

async function one(ground: Ground, id: string): Promise<Answer> {
  return { ...(await rejectedJson(ground, rejectedId(id))) }
}

interface ReplayOptions {
  code?: string
  allOf?: string
  mending?: string[]
  edits?: string
  reason: string
  dryRun?: boolean
  refused: string
}

async function replay(ground: Ground, ids: string[], options: ReplayOptions): Promise<Answer> {
  const isBulk = options.code !== undefined || options.allOf !== undefined
  if (isBulk === ids.length > 0)
    throw new InvalidInput('bad-usage', 'name ids, or say --code or --all-of; not both and not neither')
  if (options.edits !== undefined && ids.length !== 1)
    throw new InvalidInput('bad-usage', '--edits is for one id')
  const plan: MendingPlan = {
    mendings: (options.mending ?? []).map(mendingOf),
    ...(options.edits === undefined ? {} : { edits: await editsIn(options.edits) }),
  }
  const order = options.dryRun ? null : orderOf(options.reason)
  const refused = new RefusedFile(options.refused)
  const sum = { inputs: 0, ready: 0, accepted: 0, duplicate: 0, refused: 0 }
  const add = async (result: BulkResult) => {
    sum.inputs += result.inputs
    sum.ready += result.ready
    sum.accepted += result.accepted
    sum.duplicate += result.duplicate
    for (const { id, code, statements } of result.refused) {
      const head = { rejected_id: id }
      sum.refused += Math.max(1, statements.length)
      if (statements.length === 0)
        await refused.write({ ...head, errors: [{ code: code ?? 'not-mended' }] }, 'statement', null)
      for (const { index, after, faultsAfter } of statements)
        await refused.write({ ...head, index, errors: shownFaults(faultsAfter) }, 'statement', after)
    }
  }
  try {
    if (!isBulk) await add(await mendThese(ground, ids.map(rejectedId), plan, order))
    else await inBulk(ground, options, plan, order, add)
  } finally {
    await refused.close()
  }
  const answer = { ...sum, refused_file: refused.written, ...(options.dryRun ? { dry_run: true } : {}) }
  if (sum.refused > 0 && sum.ready === 0) throw new Refusal(answer)
  return answer
}

async function inBulk(
  ground: Ground,
  { code, allOf }: ReplayOptions,
  plan: MendingPlan,
  order: SettleOrder | null,
  add: (result: BulkResult) => Promise<void>,
): Promise<void> {
  const filter = {
    ...(code === undefined ? {} : { code: faultCodeOf(code) }),
    ...(allOf === undefined ? {} : { sourceId: (await sourceNamed(ground, allOf)).id }),
  }
  for (let after: Id | null = null; ; ) {
    const result = await mendAll(ground, { ...filter, plan, size: 50, ...(after ? { after } : {}) }, order)
    await add(result)
    after = result.next
    if (after === null) return
  }
}

/** The texts of statements in a file of edits, as they stand there. */
async function editsIn(path: string): Promise<{ index: number; text: string }[]> {
  const text = (await readNamed(path)).toString()
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    parsed = null
  }
  if (!Array.isArray(parsed) || !parsed.every((edit) => Number.isInteger(edit?.index) && edit.statement))
    throw new InvalidInput('bad-usage', '--edits takes a JSON list of {"index": 0, "statement": {…}}')
  return parsed.map(({ index, statement }) => ({ index, text: JSON.stringify(statement) }))
}

function rejectedId(id: string): Id {
  return readId(id, 'a rejected input')
}

function orderOf(reason: string): SettleOrder {
  return { actor: operator(), operatorId: operatorId(), reason }
}

function mendingOf(name: string): MendingName {
  if (!mendingNames.includes(name as MendingName))
    throw new InvalidInput('bad-usage', `a mending is one of ${mendingNames.join(', ')}`)
  return name as MendingName
}

function faultCodeOf(code: string): FaultCode {
  if (!(code in faultCodes))
    throw new InvalidInput('bad-usage', 'no fault has this code; docs/problems.md lists them')
  return code as FaultCode
}
