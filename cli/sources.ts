import type { Command } from 'commander'
import { InvalidInput } from '../foundation/errors.ts'
import type { Ground } from '../foundation/ground.ts'
import type { Id } from '../foundation/ids.ts'
import { isoOf } from '../foundation/time.ts'
import { exceptionsOf, type OpenException } from '../ledger/books/exceptions.ts'
import { exceptionKinds } from '../ledger/books/words.ts'
import { reasonCodes } from '../xapi-bridge/completion/guard.ts'
import { codeOf } from '../xapi-bridge/conversion/ledger-codes.ts'
import { hintsFor, type QueueHint } from '../xapi-bridge/queue/hints.ts'
import { type QueueEntry, queueList, queueStatus } from '../xapi-bridge/queue/queue.ts'
import { type Answer, answering, command } from './answer.ts'
import { withGround } from './open.ts'
import { readWord } from './option.ts'
import { addPlatforms } from './platforms.ts'
import { addSources } from './source.ts'

/** Commands about what stands around the district: platforms that launch, sources that push, and what waits. */
export function addSourceCommands(program: Command): void {
  addPlatforms(program.command('platform').description('learning platforms that launch the tool'))
  addSources(program.command('source').description('systems that push statements'))
  addQueue(program.command('queue').description('what waits, and why'))
  addDemo(program.command('demo').description('play an outside platform'))
}

function addQueue(queue: Command): void {
  command(queue, 'list', 'each thing that waits, once, with its reason')
    .option('--reason <code>', 'only what waits for this')
    .action(
      answering((options: { reason?: string }) => withGround((ground) => listQueue(ground, options.reason))),
    )
  command(queue, 'status', 'whether anything moves without a person').action(
    answering(() => withGround(status)),
  )
}

const pageSize = 500

/** What something may wait for: codes of completions, and kinds and codes of work items of the ledger. */
const reasons = [
  ...new Set([
    ...reasonCodes,
    ...exceptionKinds.words.flatMap((kind) => codeOf(kind) ?? []),
    ...exceptionKinds.words,
  ]),
]

/** Everything that waits: completions that are no claim yet, and work items of the ledger (`kind: "exception"`). */
async function listQueue({ db }: Ground, asked: string | undefined): Promise<Answer> {
  const reason = asked === undefined ? undefined : readWord(asked, reasons, '--reason')
  const items: Record<string, unknown>[] = []
  for (let after = 0; ; ) {
    const { items: some } = await queueList(db, {
      page: { after, size: pageSize },
      ...(reason ? { reason } : {}),
    })
    const hints = await hintsFor(db, some)
    items.push(...some.map((item) => ({ ...queueJson(item), ...hintJson(hints.get(item.itemId)) })))
    const last = some.at(-1)
    if (!last || some.length < pageSize) break
    after = last.seq
  }
  for (let after: Id | null = null; ; ) {
    const some: OpenException[] = await exceptionsOf(db, { after, size: pageSize })
    items.push(
      ...some
        .filter(({ kind }) => reason === undefined || kind === reason || codeOf(kind) === reason)
        .map(exceptionJson),
    )
    if (some.length < pageSize) break
    after = some.at(-1)?.exceptionId ?? null
  }
  return { items, total: items.length }
}

function queueJson({ reason, source, statementId, teacherHint, offeringHint, since, itemId }: QueueEntry) {
  return {
    kind: 'item',
    item_id: itemId,
    reason,
    source,
    statement_id: statementId,
    teacher_hint: teacherHint,
    offering_hint: offeringHint,
    since: isoOf(since),
  }
}

/** What helps to decide, where there is anything: what the source calls it, and what or whom it may mean. */
function hintJson(hint: QueueHint | undefined) {
  if (!hint) return {}
  const candidates = hint.candidates.map(({ teacherNo, reason }) => ({ teacher_no: teacherNo, reason }))
  return { activity_id: hint.activityId, suggestions: hint.suggestions, candidates }
}

function exceptionJson(exception: OpenException) {
  return {
    kind: 'exception',
    item_id: exception.exceptionId,
    reason: exception.kind,
    code: codeOf(exception.kind),
    source: exception.sourceName,
    statement_id: exception.rawRef?.replace(/^statement:/, '') ?? null,
    teacher_hint: exception.teacherNo,
    offering_hint: exception.offeringCode,
    detail: exception.detail,
    since: isoOf(exception.openedAt),
  }
}

async function status({ db }: Ground): Promise<Answer> {
  const { settled, storedThrough, convertedThrough, waiting, inboxReady } = await queueStatus(db)
  return {
    settled,
    stored_through: storedThrough,
    converted_through: convertedThrough,
    waiting,
    inbox_ready: inboxReady,
  }
}

function addDemo(demo: Command): void {
  command(demo, 'push', 'push completions with duplicates, late ones, a void and unknown people')
    .option('--count <n>', 'how many statements', '1000')
    .option('--seed <s>', 'the same seed makes the same statements', '1')
    .option('--source <source>', 'which platform is played: moodle or nation', 'moodle')
    .action(
      answering(async (options: { count: string; seed: string; source: string }) => {
        const count = Number(options.count)
        if (!Number.isInteger(count) || count < 12) {
          throw new InvalidInput('bad-usage', '--count takes a whole number of 12 or more')
        }
        const { seed, source } = options
        if (source !== 'moodle' && source !== 'nation') {
          throw new InvalidInput('bad-usage', '--source takes moodle or nation')
        }
        const { pushAsOutsider } = await import('./demo.ts')
        return withGround(async (ground) => ({ ...(await pushAsOutsider(ground, { count, seed, source })) }))
      }),
    )
}
