import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from '../../foundation/database/connect.ts'
import { transact } from '../../foundation/database/transact.ts'
import { derivedId, type Id } from '../../foundation/ids.ts'
import { projectRoot } from '../../foundation/root.ts'
import type { Instant } from '../../foundation/time.ts'
import { addPolicy } from './add.ts'

/** Who adds what the program ships. */
export const shippedMakerId: Id = derivedId('5d6b0f9e-8c0e-5a53-9d7c-3a3d7e1f4c10', 'shipped policies')

/**
 * Makes the shipped policies known by id, after the migrations. Loading them again changes nothing; a release that
 * ships a changed document adds its next version. None is activated by this.
 */
export async function loadShippedPolicies(db: Database, now: Instant): Promise<void> {
  const folder = join(projectRoot, 'policies')
  const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml')).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  await transact(
    db,
    async (trx) => {
      for (const text of texts) await addPolicy(trx, text, { makerId: shippedMakerId, now })
    },
    { idempotent: true },
  )
}
