import { demoPush, type PushOutcome } from '../demo/push.ts'
import { type SeedSteps, seedDistrict } from '../demo/seed.ts'
import { settingOf, settingOnce } from '../foundation/database/setting.ts'
import { Conflict, ExpectedError } from '../foundation/errors.ts'
import type { Ground } from '../foundation/ground.ts'
import { importCatalogue } from '../ledger/catalogue/import.ts'
import { importRoster } from '../ledger/roster/import.ts'
import { linkFromCsv } from '../ledger/roster/link-file.ts'
import { importCourse } from '../lti-tool/coursework/import.ts'
import { addDeployment, addPlatform, listPlatforms } from '../lti-tool/lti-services/registry.ts'
import { addSource } from '../xapi-bridge/sources/add.ts'
import { type NewCredential, revokeCredential, rotateCredential } from '../xapi-bridge/sources/credential.ts'
import { sourceByName } from '../xapi-bridge/sources/source.ts'
import { activate } from './district.ts'

const actor = 'demo'
const seededMark = 'demo-seeded'

/** Whether the invented district is in the book, whole. */
export async function isSeeded({ db }: Ground): Promise<boolean> {
  return (await settingOf(db, seededMark)) !== null
}

/** Whether the book holds a district that is not the invented one. */
export async function isInUse({ db }: Ground): Promise<boolean> {
  return (await db('school').first('school_id')) !== undefined
}

/**
 * Seeds 示例区 by the doors that an administrator has. The bridge must be listening, since the past is pushed like any
 * other statements. A seeding that was cut off is simply done again: every step takes what is there as it is.
 */
export async function seed(ground: Ground): Promise<void> {
  const { config } = ground
  await seedDistrict(stepsOn(ground), { platformUrl: config.demoPlatformUrl, iriBase: config.xapiIriBase })
  await settingOnce(ground.db, seededMark, new Date(ground.now() / 1000).toISOString())
}

function stepsOn(ground: Ground): SeedSteps {
  return {
    activatePolicy: async (policyId, from) => {
      await activate(ground, policyId, from)
    },
    importRoster: async (files) => {
      await importRoster(ground, files, { actor })
    },
    importCatalogue: async (text) => {
      await importCatalogue(ground, text, { actor })
    },
    importCourse: async (directory) => {
      await importCourse(ground, directory, actor)
    },
    addSource: async ({ name, preset, homePage }) => {
      if (await sourceByName(ground.db, name)) return
      await addSource(ground, { name, preset, actorHomePages: [homePage] })
    },
    addPlatform: async ({ deploymentIds, ...input }) => {
      const known = (await listPlatforms(ground)).some(
        ({ issuer, clientId }) => issuer === input.issuer && clientId === input.clientId,
      )
      if (known) return
      const first = { ...input, deploymentId: deploymentIds[0], active: true }
      const { platform_id } = await addPlatform(ground, first, actor)
      for (const deploymentId of deploymentIds.slice(1))
        await addDeployment(ground, platform_id, deploymentId)
    },
    linkIdentities: async (csv) => {
      await linkFromCsv(ground, Buffer.from(csv), actor)
    },
    takeStatements: async (source, statements) => {
      await withCredential(ground, source.name, async ({ endpoint, key, secret }) => {
        for (let from = 0; from < statements.length; from += 50) {
          await pushBatch(endpoint, key, secret, statements.slice(from, from + 50))
        }
      })
    },
  }
}

/** The endpoint refused what the demo sent: the demo and this version do not fit together. */
class DemoRefused extends ExpectedError {
  readonly kind = 'invalid'
  readonly code = 'demo-refused'
}

async function pushBatch(endpoint: string, key: string, secret: string, batch: unknown[]): Promise<void> {
  const answer = await fetch(`${endpoint}/statements`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`,
      'content-type': 'application/json',
      'x-experience-api-version': '1.0.3',
    },
    body: JSON.stringify(batch),
  })
  if (!answer.ok)
    throw new DemoRefused(`the demo's past was refused: ${answer.status} ${await answer.text()}`)
  await answer.arrayBuffer()
}

/** Lends a key of a source for as long as the work takes. */
async function withCredential<T>(
  ground: Ground,
  sourceName: string,
  body: (credential: NewCredential) => Promise<T>,
): Promise<T> {
  const source = await sourceByName(ground.db, sourceName)
  if (!source)
    throw new Conflict('demo-not-seeded', 'there is no invented district here: run `npm start` first')
  const credential = await rotateCredential(ground, source.id)
  try {
    return await body(credential)
  } finally {
    await revokeCredential(ground, credential.key)
  }
}

/** Which source an outside platform's push is sent under. */
const outsiders = { moodle: '示例区 Moodle', nation: '国家智慧教育平台' } as const

/** Plays an outside platform that pushes to the running endpoint (`demo push`). Throws Conflict (`demo-not-seeded`). */
export async function pushAsOutsider(
  ground: Ground,
  wish: { count: number; seed: string; source: keyof typeof outsiders },
): Promise<PushOutcome> {
  return withCredential(ground, outsiders[wish.source], ({ endpoint, key, secret }) =>
    demoPush({ endpoint, key, secret, ...wish }),
  )
}
