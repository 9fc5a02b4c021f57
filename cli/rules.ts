import type { Command } from 'commander'
import { InvalidInput } from '../foundation/errors.ts'
import type { Ground } from '../foundation/ground.ts'
import { isDay } from '../foundation/time.ts'
import { tallyOf } from '../xapi-bridge/reading/cursor.ts'
import { applyRules } from '../xapi-bridge/rule-changes/apply.ts'
import { decideRules, proposeRules, rulesForSource } from '../xapi-bridge/rule-changes/change.ts'
import { tryRules } from '../xapi-bridge/rule-changes/try.ts'
import { versionJson } from '../xapi-bridge/rules/json.ts'
import { versionsOf } from '../xapi-bridge/rules/versions.ts'
import { sourceNamed } from './aliases.ts'
import { type Answer, answering, command } from './answer.ts'
import { accountFor } from './as.ts'
import { readNamed } from './files.ts'
import { withGround } from './open.ts'

interface RuleOptions {
  source: string
  file: string
  from?: string
  as?: string
  reason: string
}

/** Commands about how the statements of a source are read: tried first, proposed by one person, approved by another. */
export function addRulesCommands(program: Command): void {
  const rules = program.command('rules').description('how statements of a source are read')
  const ofSource = (spec: string, description: string) =>
    command(rules, spec, description).requiredOption('--source <name>')
  ofSource(
    'try',
    'what other rules would have decided, and who would meet a requirement or not; changes nothing',
  )
    .requiredOption('--file <rules>', 'a whole rule set, or preset: and what differs from it')
    .option('--from <day>', 'as if they read events from this day on; default all')
    .action(answering((options: RuleOptions) => withGround((ground) => tryOut(ground, options))))
  ofSource('propose', 'hand in rules for events from a day on')
    .requiredOption('--file <rules>')
    .requiredOption('--from <day>', 'the first day of events that they read')
    .option('--as <login>', 'in whose name; its token stands in XUESHI_TOKEN')
    .option('--reason <words>', 'kept with the rules', '')
    .action(answering((options: RuleOptions) => withGround((ground) => propose(ground, options))))
  for (const verdict of ['approve', 'reject'] as const) {
    ofSource(
      verdict,
      verdict === 'approve' ? 'let proposed rules read, and post what differs' : 'refuse proposed rules',
    )
      .argument('<version>', 'its number, as `rules list` shows it')
      .option('--as <login>', 'in whose name, not the proposer’s; its token stands in XUESHI_TOKEN')
      .option('--reason <words>', 'kept with the decision', '')
      .action(
        answering((version: string, options: RuleOptions) =>
          withGround((ground) => decide(ground, version, options, verdict)),
        ),
      )
  }
  ofSource(
    'list',
    'the versions of a source’s rules, newest first, and as what its statements were read',
  ).action(
    answering((options: RuleOptions) =>
      withGround(async (ground) => {
        const source = await sourceNamed(ground, options.source)
        const versions = await versionsOf(ground.db, source.id)
        const readAs = await tallyOf(ground.db, source.id)
        return { preset: source.preset, versions: versions.map(versionJson), read_as: readAs }
      }),
    ),
  )
}

async function tryOut(ground: Ground, options: RuleOptions): Promise<Answer> {
  const source = await sourceNamed(ground, options.source)
  const candidate = rulesForSource(source, await textOf(options.file))
  const from = options.from === undefined ? null : dayFrom(options.from)
  return { rules: candidate.label, ...(await tryRules(ground, { source, candidate, from })) }
}

async function propose(ground: Ground, options: RuleOptions): Promise<Answer> {
  const source = await sourceNamed(ground, options.source)
  const maker = await accountFor(ground, options.as)
  const version = await proposeRules(ground, {
    source,
    text: await textOf(options.file),
    validFrom: dayFrom(options.from ?? ''),
    reason: options.reason,
    ...maker,
  })
  return versionJson(version)
}

async function decide(
  ground: Ground,
  named: string,
  options: RuleOptions,
  verdict: 'approve' | 'reject',
): Promise<Answer> {
  const source = await sourceNamed(ground, options.source)
  const versionNo = Number(named)
  if (!Number.isInteger(versionNo) || versionNo < 1) {
    throw new InvalidInput('bad-usage', 'a version is named by its number, as `rules list` shows it')
  }
  const checker = await accountFor(ground, options.as)
  const version = await decideRules(ground, {
    sourceId: source.id,
    versionNo,
    verdict,
    reason: options.reason,
    ...checker,
  })
  if (verdict === 'reject') return versionJson(version)
  // The worker would do it too; whoever types this waits for it.
  let reread = 0
  for (;;) {
    const taken = await applyRules(ground)
    reread += taken
    if (taken === 0) break
  }
  const applied = (await versionsOf(ground.db, source.id)).find((one) => one.versionNo === versionNo)
  return { ...versionJson(applied ?? version), statements: reread }
}

async function textOf(file: string): Promise<string> {
  return (await readNamed(file)).toString('utf8')
}

function dayFrom(text: string): string {
  if (!isDay(text)) throw new InvalidInput('bad-usage', 'a day is written as 2026-01-31')
  return text
}
