import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
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
