import { Command, CommanderError } from 'commander'
import { addAccessCommands } from './access.ts'
import { addBookCommands } from './book.ts'
import { addDestinationCommands } from './destinations.ts'
import { addDistrictCommands } from './district.ts'
import { addMemberCommands } from './members.ts'
import { addProcessCommands } from './processes.ts'
import { addRulesCommands } from './rules.ts'
import { addScoreCommands } from './scores.ts'
import { addSourceCommands } from './sources.ts'
import { addStatementCommands } from './statements.ts'
import { version } from './version.ts'

/**
 * Runs one command line: the words after the program's name. What came of it is in `process.exitCode`: 0, 1 for a refusal,
 * 2 for wrong usage.
 */
export async function run(words: readonly string[]): Promise<void> {
  try {
    await programOf().parseAsync(words, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    process.exitCode = error.exitCode === 0 ? 0 : 2
  }
}

/** All commands there are. */
function programOf(): Command {
  const program = new Command('xueshi')
    .description('学时簿: the ledger of teacher-training credit hours of one district')
    .version(version)
    .showHelpAfterError('(add --help for what this command takes)')

  addProcessCommands(program)
  addDistrictCommands(program)
  addSourceCommands(program)
  addRulesCommands(program)
  addDestinationCommands(program)
  addStatementCommands(program)
  addScoreCommands(program)
  addMemberCommands(program)
  addBookCommands(program)
  addAccessCommands(program)
  strictly(program)
  return program
}

/** Commander ends the process by itself on wrong usage; here it says so with exit code 2, and `--help` with 0. */
function strictly(command: Command): void {
  command.exitOverride()
  for (const sub of command.commands) strictly(sub)
}
