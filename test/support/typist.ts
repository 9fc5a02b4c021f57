import { run } from '../../cli/program.ts'

/**
 * A process that types one command after the other, as `xueshi …` would run each: nearly all that a command costs is
 * loading the program, and tests run hundreds. Forked by house.ts; takes `{words, env}` and answers `{code, said, warned}`.
 */

interface Order {
  words: string[]
  env: NodeJS.ProcessEnv
}

process.on('message', async ({ words, env }: Order) => {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name]
  Object.assign(process.env, env)
  const said = heard(process.stdout)
  const warned = heard(process.stderr)
  process.exitCode = 0
  let broke: unknown
  try {
    await run(words)
  } catch (error) {
    broke = error
  }
  const code = broke === undefined ? Number(process.exitCode ?? 0) : 1
  process.send?.({
    code,
    said: said.stop(),
    warned: `${warned.stop()}${broke === undefined ? '' : String(broke)}`,
  })
})

/** Keeps what is written to a stream until it is stopped. */
function heard(stream: NodeJS.WriteStream): { stop(): string } {
  const { write } = stream
  let text = ''
  stream.write = ((chunk: string | Uint8Array) => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    return true
  }) as typeof stream.write
  return {
    stop: () => {
      stream.write = write
      return text
    },
  }
}
