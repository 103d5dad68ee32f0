/** A reader who comes to a page: from the navigation to the first figure of its own, in a browser that knows nothing yet. */
import { startBrowser, type TestBrowser } from '../../test/pages/browser.ts'

/**
 * What counts as content: the first element with a figure of the page's own, which no skeleton has. Models has one that
 * is there with its figures, whether a version serves or none does.
 */
export const PAGES = [
  { name: 'live', path: '/', content: '[data-testid=live-revenue]' },
  { name: 'forecasts', path: '/forecasts', content: '[data-testid=series-table] tbody tr td' },
  { name: 'models', path: '/models', content: '[data-testid=retrain]' },
  { name: 'pipeline', path: '/pipeline', content: '[data-testid^=stage-]' },
  { name: 'dead_letters', path: '/dead-letters', content: '[data-testid=state-all]' },
] as const
export type PageName = (typeof PAGES)[number]['name']

/** A page that has nothing to show by then counts as this. */
const GIVE_UP_MS = 60_000

export interface Visits {
  /** @returns milliseconds until the content of the page is seen */
  visit(page: (typeof PAGES)[number]): Promise<number>
  close(): Promise<void>
}

export async function openVisits(address: string): Promise<Visits> {
  const browser: TestBrowser = await startBrowser()
  return {
    async visit({ path, content }) {
      const { page, close } = await browser.open('about:blank')
      try {
        const began = performance.now()
        await page.goto(address + path, { waitUntil: 'commit', timeout: GIVE_UP_MS })
        await page.locator(content).first().waitFor({ timeout: GIVE_UP_MS })
        return performance.now() - began
      } finally {
        await close()
      }
    },
    close: () => browser.close(),
  }
}
