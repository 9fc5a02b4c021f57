import { Command } from 'commander'
import { ExpectedError } from '../foundation/errors.ts'
import { problemOf } from '../foundation/http/problem.ts'

/** What a command answers: an object for `--json`, and the same in lines for people. */
export type Answer = Record<string, unknown>

/** How a command ends when it did its work and must still say that something is wrong. */
export class Refusal extends Error {
  readonly answer: Answer

  constructor(answer: Answer) {
    super('refused')
    this.answer = answer
  }
}

/** Adds a sub-command that takes `--json`. */
export function command(parent: Command, spec: string, description: string): Command {
  return parent
    .command(spec)
    .description(description)
    .option('--json', 'answer one JSON object on standard output')
}

/**
 * Wraps the body of a command: prints its answer, and turns a foreseen failure into exit code 1 with
 * `{"error": {"code", "detail"}}`; a value that the command does not take is wrong usage, 2. A defect exits 1 too, with
 * its stack on standard error.
 */
export function answering<Args extends unknown[]>(body: (...args: Args) => Promise<Answer>) {
  return async (...args: Args): Promise<void> => {
    const command = args.at(-1)
    const json = command instanceof Command && command.opts().json === true
    try {
      print(await body(...args), json)
    } catch (error) {
      process.exitCode = isWrongUsage(error) ? 2 : 1
      if (error instanceof Refusal) print(error.answer, json)
      else printFailure(error, json)
    }
  }
}

function isWrongUsage(error: unknown): boolean {
  return error instanceof ExpectedError && error.code === 'bad-usage'
}

function print(answer: Answer, json: boolean): void {
  process.stdout.write(json ? `${JSON.stringify(answer)}\n` : lines(answer))
}

function printFailure(error: unknown, json: boolean): void {
  const problem = problemOf(error)
  const detail = error instanceof ExpectedError ? error.message : problem.title
  if (json) {
    const errors = problem.errors ? { errors: problem.errors } : {}
    process.stdout.write(`${JSON.stringify({ error: { code: problem.code, detail, ...errors } })}\n`)
  } else {
    process.stderr.write(`${problem.code}: ${detail}\n`)
    for (const fault of problem.errors ?? []) {
      process.stderr.write(`  ${[fault.pointer ?? fault.line, fault.detail].filter(Boolean).join(': ')}\n`)
    }
  }
  if (problem.status >= 500 && !(error instanceof ExpectedError)) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  }
}

function lines(answer: Answer, indent = ''): string {
  return Object.entries(answer)
    .map(([key, value]) => `${indent}${key}: ${shown(value, indent)}`)
    .join('')
}

function shown(value: unknown, indent: string): string {
  const deeper = `${indent}  `
  if (Array.isArray(value)) {
    if (value.length === 0) return 'none\n'
    return `\n${value.map((item) => `${deeper}- ${inline(item)}\n`).join('')}`
  }
  if (value !== null && typeof value === 'object') return `\n${lines(value as Answer, deeper)}`
  return `${value ?? '–'}\n`
}

function inline(item: unknown): string {
  if (item === null || typeof item !== 'object') return String(item)
  return Object.entries(item)
    .map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join('  ')
}
