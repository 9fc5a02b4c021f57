// @lane embedded: what is seen here is the same over any engine; the spine goes over both.
import type { Page } from 'playwright-core'
import t from 'tap'
import { type DemoPlatform, startDemoPlatform } from '../../demo/platform/start.ts'
import { createServer } from '../../foundation/http/server.ts'
import { toolWith } from '../../lti-tool/app.ts'
import { pingRoute } from '../../lti-tool/launch/session-routes.ts'
import { addDeployment, addPlatform } from '../../lti-tool/lti-services/registry.ts'
import { startBrowser } from '../support/browser.ts'
import { freshGround } from '../support/ground.ts'
import { freePorts } from '../support/house.ts'
import { probePages } from '../support/launching.ts'

const port = await freePorts(2)
const ground = await freshGround(t, { PORT: String(port) })
const app = createServer(ground)
await app.register(toolWith({ launchPages: [pingRoute, probePages({ posted: 0 })], otherPages: [] }), ground)
await app.listen({ host: 'localhost', port })
const platform = await startDemoPlatform({ port: port + 1, toolUrl: ground.config.publicUrl })
await register(platform)
const browser = await startBrowser()
t.teardown(async () => {
  await browser.close()
  await platform.close()
  await app.close()
})

const launches: [string, string, string[]][] = [
  ['a correct launch', 'SL000001', []],
  ['a name with a dot', 'SL000002', []],
  ['a name beyond the BMP', 'SL000006', []],
  ['a name of more than fifty characters', 'SL000008', []],
  ['the second deployment', 'neighbour-1', []],
  ['the shapes of Moodle', 'SL000001', ['moodle']],
  ['a login by GET', 'SL000001', ['login:get']],
  ['a clock 55 s ahead', 'SL000001', ['clock:+55']],
]
for (const [name, person, modes] of launches) {
  t.test(`the door lets in ${name}, in a frame of another site`, async (t) => {
    const page = await opened(person, modes)
    const expected = platform.people.find(({ key }) => key === person)?.name

    t.match(await page.frameLocator('iframe[name="tool"]').locator('body').textContent(), `of ${expected}`)
  })
}

async function register({ registrations }: DemoPlatform): Promise<void> {
  for (const { deploymentIds, ...registration } of registrations) {
    const [first = '', ...others] = deploymentIds
    const added = await addPlatform(
      ground,
      { ...registration, deploymentId: first, active: true },
      'os:tester',
    )
    for (const deploymentId of others) await addDeployment(ground, added.platform_id, deploymentId)
  }
}

async function opened(person: string, modes: string[]): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(platform.url)
  await page.locator(`form:has(input[value="${person}"]) button`).click()
  const query = new URLSearchParams([['open', 'frame'], ...modes.map((mode) => ['mode', mode])])
  await page.goto(`${platform.url}/courses/qing-ting?${query}`)
  await page.frameLocator('iframe[name="tool"]').getByText('launch ').waitFor()
  return page
}
