import type { Command } from 'commander'
import { InvalidInput } from '../foundation/errors.ts'
import type { Ground } from '../foundation/ground.ts'
import { dayOf, type Instant, isoOf } from '../foundation/time.ts'
import { checkGradebook, type GradebookCheck } from '../lti-tool/scores/check.ts'
import { lineItemRules } from '../lti-tool/scores/lane.ts'
import {
  type ListedLineItem,
  type ListedScore,
  type PlatformScores,
  platformScores,
  scoreLists,
} from '../lti-tool/scores/list.ts'
import { chooseLineItem, resumeScores, retryScores, setLineItemRule } from '../lti-tool/scores/manage.ts'
import { scoreCodes, scoreStates } from '../lti-tool/scores/score.ts'
import { type Answer, answering, command, Refusal } from './answer.ts'
import { operator, withGround } from './open.ts'
import { readId } from './option.ts'

interface ListOptions {
  state?: string
  code?: string
  platform?: string
  limit: string
}

/** Commands about scores on their way to the gradebooks of platforms. */
export function addScoreCommands(program: Command): void {
  const score = program.command('score').description('grades that learning platforms are told')
  command(score, 'status', 'how the scores of each platform do').action(
    answering(() =>
      withGround(async ({ db }) => ({ platforms: (await platformScores(db)).map(platformJson) })),
    ),
  )
  command(score, 'list', 'scores with what stops them, last entered first, and line items that are not found')
    .option('--state <state>', scoreStates.join(', '))
    .option('--code <code>', 'only what met this')
    .option('--platform <id>')
    .option('--limit <n>', 'at most so many', '100')
    .action(answering((options: ListOptions) => withGround((ground) => list(ground, options))))
  command(score, 'retry', 'put rejected scores back in line')
    .argument('[ids...]', 'as `score list` shows them; without, all that match')
    .option('--platform <id>')
    .option('--code <code>', 'only what met this')
    .action(
      answering((ids: string[], options: { platform?: string; code?: string }) =>
        withGround(async (ground) => ({ retried: await retry(ground, ids, options) })),
      ),
    )
  command(score, 'resume', 'let the scores of a platform go again after a pause')
    .argument('<platform-id>')
    .action(
      answering((id: string) =>
        withGround(async (ground) => {
          await resumeScores(ground, readId(id, 'a platform'), operator())
          return { state: 'active' }
        }),
      ),
    )
  command(score, 'set', 'what may be done at a platform whose line item is missing')
    .argument('<platform-id>')
    .requiredOption('--line-items <rule>', 'use: only what is there; create: make what is missing')
    .action(
      answering((id: string, { lineItems }: { lineItems: string }) =>
        withGround(async (ground) => {
          const rule = oneOf(lineItems, lineItemRules, '--line-items')
          await setLineItemRule(ground, readId(id, 'a platform'), rule, operator())
          return { line_items: rule }
        }),
      ),
    )
  command(score, 'check', 'compare the gradebook of a platform with what was sent; changes nothing')
    .argument('<platform-id>')
    .action(
      answering((id: string) =>
        withGround(async (ground) => {
          const answer = checkJson(await checkGradebook(ground, readId(id, 'a platform')))
          if (!answer.ok) throw new Refusal(answer)
          return answer
        }),
      ),
    )
  command(score, 'choose', 'take a line item where several could be meant')
    .argument('<line-item-id>', 'as `score list` shows it')
    .requiredOption('--line-item <address>', 'one of its candidates')
    .action(
      answering((id: string, options: { lineItem: string }) =>
        withGround(async (ground) => {
          await chooseLineItem(ground, readId(id, 'a line item'), options.lineItem, operator())
          return { state: 'found' }
        }),
      ),
    )
}

async function list(ground: Ground, options: ListOptions): Promise<Answer> {
  if (!/^[1-9]\d{0,4}$/.test(options.limit))
    throw new InvalidInput('bad-usage', '--limit takes a whole number, 1 to 99999')
  const found = await scoreLists(ground.db, {
    state: options.state === undefined ? undefined : oneOf(options.state, scoreStates, '--state'),
    code: options.code === undefined ? undefined : oneOf(options.code, scoreCodes, '--code'),
    registrationId: options.platform === undefined ? undefined : readId(options.platform, 'a platform'),
    limit: Number(options.limit),
    today: dayOf(ground.now(), ground.config.timeZone),
  })
  return {
    scores: found.scores.map(scoreJson),
    total: found.total,
    line_items: found.lineItems.map(lineItemJson),
  }
}

function retry(
  ground: Ground,
  ids: string[],
  { platform, code }: { platform?: string; code?: string },
): Promise<number> {
  const wish = {
    scoreIds: ids.length === 0 ? undefined : ids.map((id) => readId(id, 'a score')),
    registrationId: platform === undefined ? undefined : readId(platform, 'a platform'),
    code: code === undefined ? undefined : oneOf(code, scoreCodes, '--code'),
  }
  return retryScores(ground, wish, operator())
}

function platformJson(platform: PlatformScores) {
  return {
    platform_id: platform.registrationId,
    name: platform.name,
    waiting: platform.waiting,
    sent: platform.sent,
    rejected: platform.rejected,
    waiting_since: isoOrNull(platform.waitingSince),
    last_sent_at: isoOrNull(platform.lastSentAt),
    line_items: platform.lineItems,
    paused: platform.pausedCode,
    paused_at: isoOrNull(platform.pausedAt),
    alarm: platform.alarmCode,
    alarm_since: isoOrNull(platform.alarmSince),
  }
}

function scoreJson(score: ListedScore) {
  return {
    score_id: score.id,
    state: score.state,
    code: score.code,
    status: score.status,
    attempts: score.attempts,
    teacher_no: score.teacherNo,
    offering: score.offeringCode,
    given: score.givenMilli / 1000,
    maximum: score.maximumMilli / 1000,
    issuer: score.iss,
    client_id: score.clientId,
    line_item: score.lineItemUrl,
    entered_at: isoOf(score.enteredAt),
    not_before: score.state === 'waiting' ? isoOf(score.notBefore) : null,
    finished_at: isoOrNull(score.finishedAt),
  }
}

function lineItemJson(item: ListedLineItem) {
  return {
    line_item_id: item.id,
    state: item.state,
    code: item.code,
    offering: item.offeringCode,
    issuer: item.iss,
    client_id: item.clientId,
    resource_link: item.resourceLinkId,
    candidates: item.candidates,
  }
}

function checkJson({ lineItems, compared, differences, unread }: GradebookCheck) {
  return {
    ok: differences.length === 0 && unread.length === 0,
    line_items: lineItems,
    compared,
    differences: differences.map(({ score, sent, shown }) => ({
      score_id: score.id,
      line_item: score.lineItemUrl,
      sub: score.sub,
      sent: rounded(sent),
      shown: shown === null ? null : rounded(shown),
    })),
    unread: unread.map(({ lineItemUrl, code }) => ({ line_item: lineItemUrl, code })),
  }
}

const rounded = (points: number) => Math.round(points * 1000) / 1000

const isoOrNull = (instant: Instant | null) => (instant === null ? null : isoOf(instant))

function oneOf<const Word extends string>(text: string, words: readonly Word[], option: string): Word {
  const word = words.find((one) => one === text)
  if (word === undefined) throw new InvalidInput('bad-usage', `${option} takes ${words.join(', ')}`)
  return word
}
