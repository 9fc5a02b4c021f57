import { z } from 'zod'
import { idBytes } from '../../foundation/database/codec.ts'
import { transact } from '../../foundation/database/transact.ts'
import { InvalidInput, NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { recordAudit } from '../../ledger/audit/record.ts'

/** What an administrator may change of a registration by hand; what is absent stays. */
export interface PlatformChanges {
  name?: string | undefined
  /** Origins that may show our pages in a frame. */
  frameOrigins?: string[] | undefined
  /** Origins on which service addresses of launches may lie. */
  serviceOrigins?: string[] | undefined
}

/** What a registration holds after a change. */
export type PlatformSettings = { [Name in keyof PlatformChanges]-?: NonNullable<PlatformChanges[Name]> }

const mostOrigins = 20

/**
 * Changes name and origins of a registration. Throws InvalidInput `platform-invalid` naming each field that cannot be, and
 * NotFound `platform-unknown`.
 */
export async function changePlatform(
  ground: Ground,
  platformId: Id,
  changes: PlatformChanges,
  actor: string,
): Promise<PlatformSettings> {
  const read = checked(ground, changes)
  return transact(
    ground.db,
    async (trx) => {
      const key = { registration_id: idBytes(platformId) }
      const row = await trx('platform_registration').where(key).first()
      if (!row) throw new NotFound('platform-unknown', 'no platform is registered under this id')
      const before: PlatformSettings = {
        name: row.name,
        frameOrigins: JSON.parse(row.frame_origins),
        serviceOrigins: JSON.parse(row.service_origins),
      }
      const after = {
        name: read.name ?? before.name,
        frameOrigins: read.frameOrigins ?? before.frameOrigins,
        serviceOrigins: read.serviceOrigins ?? before.serviceOrigins,
      }
      if (JSON.stringify(before) === JSON.stringify(after)) return after
      await trx('platform_registration')
        .where(key)
        .update({
          name: after.name,
          frame_origins: JSON.stringify(after.frameOrigins),
          service_origins: JSON.stringify(after.serviceOrigins),
        })
      await recordAudit(trx, {
        actor,
        action: 'platform-changed',
        subjectKind: 'platform_registration',
        subjectId: platformId,
        detail: { before, after },
        now: ground.now(),
      })
      return after
    },
    { idempotent: true },
  )
}

function checked({ config }: Pick<Ground, 'config'>, changes: PlatformChanges): PlatformChanges {
  const scheme = config.allowHttp ? /^https?:$/ : /^https:$/
  const isOrigin = (text: string) =>
    URL.canParse(text) && scheme.test(new URL(text).protocol) && new URL(text).origin === text
  const origins = z
    .array(z.string().refine(isOrigin, 'an origin such as https://moodle.example, without a path'))
    .min(1)
    .max(mostOrigins)
    .transform((list) => [...new Set(list)])
    .optional()
  const shape = z.object({
    name: z.string().trim().min(1).max(255).optional(),
    frameOrigins: origins,
    serviceOrigins: origins,
  })
  const read = shape.safeParse(changes)
  if (read.success) return read.data
  const errors = read.error.issues.map(({ path, message }) => ({
    pointer: `/${path.join('/')}`,
    detail: message,
  }))
  throw new InvalidInput('platform-invalid', 'the platform cannot be set up like this', errors)
}
