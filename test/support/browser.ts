import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

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
