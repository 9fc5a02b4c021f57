import type { Command } from 'commander'
import { NotFound } from '../foundation/errors.ts'
import type { Ground } from '../foundation/ground.ts'
import { isoOf } from '../foundation/time.ts'
import { addAliases as addAliasesTo, aliasesOf, removeAlias } from '../xapi-bridge/aliases/aliases.ts'
import { type Source, sourceByName } from '../xapi-bridge/sources/source.ts'
import { answering, command } from './answer.ts'
import { operator, withGround } from './open.ts'

interface AliasOptions {
  source: string
  activity: string[]
  offering: string
  reason: string
}

/** Commands about further names of offerings: exact ids that a person mapped. */
export function addAliases(alias: Command): void {
  command(alias, 'add', 'say which offering a source means; what waits for it is released')
    .requiredOption('--source <name>')
    .requiredOption('--activity <iri...>', 'as the statements name it, letter by letter')
    .requiredOption('--offering <code>')
    .option('--reason <words>', 'kept with the mapping', '')
    .action(
      answering((options: AliasOptions) =>
        withGround(async (ground) => ({
          added: await addAliasesTo(ground, {
            source: await sourceNamed(ground, options.source),
            activityIds: options.activity,
            offeringCode: options.offering,
            actor: operator(),
            reason: options.reason,
          }),
        })),
      ),
    )
  command(alias, 'remove', 'forget a mapping; claims that were filed by it stand')
    .requiredOption('--source <name>')
    .requiredOption('--activity <iri>')
    .option('--reason <words>', 'kept in the audit', '')
    .action(
      answering((options: { source: string; activity: string; reason: string }) =>
        withGround(async (ground) => {
          const source = await sourceNamed(ground, options.source)
          const { activity: activityId, reason } = options
          await removeAlias(ground, { source, activityId, actor: operator(), reason })
          return { removed: activityId }
        }),
      ),
    )
  command(alias, 'list', 'all mappings of a source that people made')
    .requiredOption('--source <name>')
    .action(
      answering((options: { source: string }) =>
        withGround(async (ground) => {
          const source = await sourceNamed(ground, options.source)
          return {
            aliases: (await aliasesOf(ground.db, source.id)).map((one) => ({
              activity: one.activityId,
              offering: one.offeringCode,
              made_by: one.madeBy,
              reason: one.reason,
              recorded_at: isoOf(one.recordedAt),
            })),
          }
        }),
      ),
    )
}

/** The source of that name. Throws NotFound `source-unknown`. */
export async function sourceNamed({ db }: Ground, name: string): Promise<Source> {
  const source = await sourceByName(db, name)
  if (!source) throw new NotFound('source-unknown', `no source is named ${name}`)
  return source
}
