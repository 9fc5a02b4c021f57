import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0091-platform-deployment'

/** Deployments that launches named. Only an administrator makes one active. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'platform_deployment', (t) => {
    t.id('registration_id')
    t.text('deployment_id', 255)
    t.word('state', 12).comment('pending or active')
    t.instant('first_seen_at')
    t.instant('decided_at').nullable()
    t.primary(['registration_id', 'deployment_id'])
  })
}
