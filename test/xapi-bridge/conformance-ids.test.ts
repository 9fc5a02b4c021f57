import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { projectRoot } from '../../foundation/root.ts'
import { requirementIds } from './requirement-ids.ts'

const held = new Set<string>()
for (const [file, list] of Object.entries(requirementIds))
  t.test(`${file} holds what is said of it`, async (t) => {
    const text = readFileSync(join(projectRoot, 'test/xapi-bridge', file), 'utf8')
    const ids = list.trim().split(/\s+/)
    for (const id of ids) held.add(id)

    t.strictSame(
      ids.filter((id) => !text.includes(`XAPI-${id}`)),
      [],
    )
  })

t.test('every id of the suite is held somewhere', async (t) => {
  t.equal(held.size, 290)
})
