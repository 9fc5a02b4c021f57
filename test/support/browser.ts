import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'

/** Where Chromium is, or null where none is installed. */
export function chromiumProgram(): string | null {
  return (
    ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
      existsSync(path),
    ) ?? null
  )
}

/** How the system's Chromium is started: quiet towards the network. */
export const browserArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts the system's Chromium, quiet towards the network. Close it at the end of the test. */
export async function startBrowser(extra: string[] = []): Promise<Browser> {
  const executablePath = chromiumProgram()
  if (!executablePath) throw new Error('no Chromium is installed')
  return chromium.launch({
    executablePath,
    headless: true,
    args: [...browserArguments, ...extra],
  })
}

/**
 * Frames of other sites would live in processes of their own, and Playwright loses them when a loaded machine swaps
 * processes late. Cookies and storage do not depend on it.
 */
export const inOneProcess = [
  '--disable-site-isolation-trials',
  '--disable-features=IsolateOrigins,site-per-process',
]

/** A browser whose owner blocks every cookie of `localhost` inside the pages of a platform, partitioned or not. */
export async function browserThatBlocks(t: Test, platformUrl: string): Promise<BrowserContext> {
  const folder = await mkdtemp(join(tmpdir(), 'xueshi-chromium-'))
  await mkdir(join(folder, 'Default'))
  const cookies = { [`[*.]localhost,${platformUrl}`]: { setting: 2 } }
  const preferences = { profile: { content_settings: { exceptions: { cookies } } } }
  await writeFile(join(folder, 'Default', 'Preferences'), JSON.stringify(preferences))
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: chromiumProgram() as string,
    headless: true,
    args: [...browserArguments, ...inOneProcess],
  })
  t.teardown(async () => {
    await context.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  })
  return context
}

/**
 * Looks at a page as wide as a desk's screen and as narrow as a phone: nothing may stick out to the side, and every field
 * has a label. `name` is what the page is called in what is said; `XUESHI_TEST_PICTURES` names a folder that keeps a
 * picture of each.
 */
export async function fits(t: Test, page: Page, name: string): Promise<void> {
  for (const width of [1200, 360]) {
    await page.setViewportSize({ width, height: 800 })
    const { content, view, nameless } = await page.evaluate(() => ({
      content: document.scrollingElement?.scrollWidth ?? 0,
      view: window.innerWidth,
      nameless: Array.from(document.querySelectorAll('input:not([type=hidden]), select, textarea'))
        .filter((one) => !(one as HTMLInputElement).labels?.length && !one.getAttribute('aria-label'))
        .map((one) => one.getAttribute('name')),
    }))
    t.ok(content <= view, `${name} fits ${width} px (is ${content})`)
    t.strictSame(nameless, [], `every field of ${name} has a label`)
    // For whoever wants to look at them.
    const folder = process.env.XUESHI_TEST_PICTURES
    if (folder) await page.screenshot({ path: join(folder, `${name}-${width}.png`), fullPage: true })
  }
  await page.setViewportSize({ width: 1200, height: 800 })
}
