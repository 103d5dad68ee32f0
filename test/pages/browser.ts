/** What tests and measurements of the pages share: a real browser, pages whose own errors are collected, and pictures of them. */
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
/** Why there is none, for the name of what is skipped. */
export const NO_BROWSER = existsSync(CHROMIUM)
  ? undefined
  : `no browser at ${CHROMIUM}: apt-get install chromium, or set CHROMIUM to where it is`
/** Where pictures of the pages go, when somebody wants to look at them. */
const PICTURES = process.env.SHELFCAST_PICTURES

export const PHONE = { width: 390, height: 844 }
const DESKTOP = { width: 1440, height: 1000 }

export interface OpenPage {
  page: Page
  /** Errors of the page's own, one that breaks the content policy included. */
  faults: string[]
  close(): Promise<void>
}

export interface TestBrowser {
  /** @param url with its address */
  open(url: string, options?: { colorScheme?: 'light' | 'dark'; viewport?: typeof PHONE }): Promise<OpenPage>
  close(): Promise<void>
}

/** @param settings reduced motion where nothing is measured: drawing it without a graphics card takes a processor */
export async function startBrowser(settings: { reducedMotion?: 'reduce' } = {}): Promise<TestBrowser> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  return {
    async open(url, options = {}) {
      const context = await browser.newContext({ viewport: DESKTOP, ...settings, ...options })
      const page = await context.newPage()
      const faults: string[] = []
      page.on('pageerror', (error) => faults.push(String(error)))
      page.on('console', (message) => {
        // The machine's interfaces may change while a test runs (a container comes or goes); that is not the page's.
        if (message.type() === 'error' && !message.text().includes('ERR_NETWORK_CHANGED'))
          faults.push(`${message.text()} ${message.location().url}`)
      })
      await page.goto(url)
      return { page, faults, close: () => context.close() }
    },
    close: () => browser.close(),
  }
}

export async function picture(page: Page, name: string): Promise<void> {
  if (!PICTURES) return
  await mkdir(PICTURES, { recursive: true })
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true })
}
