import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { secretNames, variables } from '../../foundation/config.ts'
import { projectRoot } from '../../foundation/root.ts'

const rooms = ['cli', 'lti-tool', 'xapi-bridge', 'ledger', 'foundation', 'demo']

function sourcesOf(room: string): { file: string; text: string }[] {
  return readdirSync(join(projectRoot, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => ({ file: join(room, file), text: readFileSync(join(projectRoot, room, file), 'utf8') }))
}

const sources = rooms.flatMap(sourcesOf)
const problems = readFileSync(join(projectRoot, 'docs/problems.md'), 'utf8')
const operations = readFileSync(join(projectRoot, 'docs/operations.md'), 'utf8')

t.test('every code that an error of ours carries is in docs/problems.md', async (t) => {
  const shapes = [
    /readonly code(?::[^=\n]+)? = '([a-z][a-z0-9-]+)'/g,
    /new (?:InvalidInput|NotFound|Conflict)\(\s*'([a-z][a-z0-9-]+)'/g,
  ]
  const codes = new Set<string>()
  for (const { text } of sources) {
    for (const shape of shapes) for (const [, code] of text.matchAll(shape)) codes.add(code as string)
  }
  t.ok(codes.size > 10, 'codes were found')
  const missing = [...codes].filter((code) => !problems.includes(`| ${code} |`)).sort()
  t.strictSame(missing, [])
})

t.test('every variable that is read is in docs/operations.md, and none besides', async (t) => {
  const read = Object.keys(variables.shape).sort()
  const told = [...operations.matchAll(/`([A-Z][A-Z_]{3,})`/g)].map(([, name]) => name as string)
  t.strictSame(
    read.filter((name) => !told.includes(name)),
    [],
  )
  const known = new Set([...read, ...secretNames, 'NAME_FILE', 'SIGTERM', 'NODE_ENV', 'XUESHI_TOKEN'])
  t.strictSame(
    [...new Set(told)].filter((name) => !known.has(name)),
    [],
  )
})

t.test('no source reads the environment by itself', async (t) => {
  const readers = sources.filter(({ text }) => /process\.env/.test(text)).map(({ file }) => file)
  t.strictSame(
    readers.filter((file) => !/^(cli|demo|foundation\/config|lti-tool\/lti-services\/ltijs)/.test(file)),
    [],
  )
})

t.test('no statement of ours uses what the portable subset forbids', async (t) => {
  const forbidden =
    /insert ignore|replace into|\.returning\(|onConflict\([^)]*\)\s*\.ignore\(|for share|get_lock\(/i
  const code = sources.filter(({ file }) => !file.startsWith('demo/'))
  const hits = code.flatMap(({ file, text }) =>
    text
      .split('\n')
      .filter((line) => forbidden.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  )
  t.strictSame(hits, [])
})
