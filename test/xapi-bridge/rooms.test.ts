import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'
import { projectRoot } from '../../foundation/root.ts'

/** The rooms from statement to claim (docs/decisions/0019), each below those that may import from it. */
const upward = [
  'rules',
  'reading',
  'aliases',
  'completion',
  'forwarding',
  'conversion',
  'queue',
  'rule-changes',
]

const bridge = join(projectRoot, 'xapi-bridge')

/** The rooms of the bridge that the files of one room import from. */
function importsOf(room: string): string[] {
  const folder = join(bridge, room)
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'))
  const imported = files.flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(/from '(\.[^']+)'/g)].map(([, path]) =>
      dirname(relative(bridge, join(folder, path as string))),
    ),
  )
  return [...new Set(imported)].filter((one) => one !== room)
}

for (const [place, room] of upward.entries()) {
  t.test(`${room} imports only from rooms below it`, async (t) => {
    const imported = importsOf(room)
    t.ok(imported.length > 0, 'imports were found')
    const above = imported.filter((one) => upward.indexOf(one) > place)
    t.strictSame(above, [])
  })
}
