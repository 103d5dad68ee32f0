/** All pages in a real browser, on the whole stack with the twin behind it. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { machineEnvironment } from '@shelfcast/platform/machine/environment'
import { PARTS, USUAL_PARTS } from '@shelfcast/platform/parts/parts'
import { type Stack, startStack } from '@shelfcast/platform/supervisor/supervise'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../stack/figures.ts'
import { listenersOf } from '../stack/listeners.ts'
import { expectAccessible } from './accessible.ts'
import { NO_BROWSER, PHONE, picture, startBrowser, type TestBrowser } from './browser.ts'
import { answersTo, changesBetween, contentsOf, foreignScript, serveForeignPage } from './foreign-pages.ts'

const DIRECTOR = resolve(import.meta.dirname, '../../datagen/director.ts')

/** What the page says of rows that the tables lack or have twice, whenever a text of it changes. */
const RECORD_CLAIMS = `(() => {
  const claims = []
  const record = () => {
    for (const place of document.querySelectorAll('[data-testid^="topic-row-"], [data-testid="stage-warehouse"]'))
      if (/missing|too many/.test(place.textContent)) claims.push(place.textContent)
  }
  record()
  new MutationObserver(record).observe(document.body, { subtree: true, childList: true, characterData: true })
  return claims
})()`

describe.skipIf(NO_BROWSER !== undefined)(`pages${NO_BROWSER ? ` (${NO_BROWSER})` : ''}`, () => {
  let folder: string
  let stack: Stack
  let browser: TestBrowser
  let address: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shelfcast-pages-'))
    // Without jobs: the first training would take the processors from the pages.
    const parts = USUAL_PARTS.filter((name) => name !== 'jobs')
    stack = await startStack({ dataDir: folder, ports: 'free', parts })
    address = `http://127.0.0.1:${stack.ports.api.http}`
    browser = await startBrowser({ reducedMotion: 'reduce' })
    const live = async () => (await (await fetch(`${address}/api/v1/live`)).json()) as { lines_total: number }
    await until(async () => (await live()).lines_total > 500, 'the twin sells', 120_000)
  }, 300_000)

  afterAll(async () => {
    await browser?.close()
    await stack?.stop()
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

  const open = (path: string, options?: Parameters<TestBrowser['open']>[1]) =>
    browser.open(address + path, options)
  const textOf = (page: Page, id: string) => page.getByTestId(id).innerText()
  const direct = (...args: string[]) =>
    promisify(execFile)(process.execPath, [DIRECTOR, ...args], {
      env: { ...machineEnvironment(process.env), ...stack.environment },
    })

  test('the Live page shows what the director lets happen, and the clock that it leads', async () => {
    const { page, faults, close } = await open('/')
    const strip = page.getByTestId('twin-strip')
    await strip.waitFor()

    await direct('inject', 'viral_product', '--sku', 'P-1025', '--days', '6')
    await direct('inject', 'rainy_week')
    await strip.getByText('Viral product').waitFor({ timeout: 20_000 })
    await strip.getByText('Rainy week').waitFor({ timeout: 20_000 })
    await until(async () => (await strip.innerText()).includes('until'), 'what happens to begin')
    expect(await strip.innerText()).toContain('Whole Milk 2 L, all stores')
    await expectAccessible(page)

    await direct('pause')
    await strip.getByText('Paused').waitFor({ timeout: 20_000 })
    await direct('resume')
    await direct('speed', '1800')
    await strip.getByText('1,800× real time').waitFor({ timeout: 20_000 })
    await direct('speed', '3600')
    expect(faults).toEqual([])
    await close()
  }, 120_000)

  test('the Live page moves by itself, without a request', async () => {
    const { page, faults, close } = await open('/')
    await page.getByTestId('live-chart').locator('canvas').first().waitFor()
    await page.getByTestId('store-table').getByRole('row').nth(3).waitFor()
    const requests: string[] = []
    page.on('request', (request) => requests.push(request.url()))
    const before = await textOf(page, 'basket-table')
    const revenue = await textOf(page, 'live-revenue')
    await until(async () => (await textOf(page, 'basket-table')) !== before, 'new baskets')
    await until(async () => (await textOf(page, 'live-revenue')) !== revenue, 'new revenue')
    expect(requests).toEqual([])
    expect(await textOf(page, 'latency-p99')).toMatch(/\d/)
    await expectAccessible(page)
    await picture(page, 'live-light')
    expect(faults).toEqual([])
    await close()
  }, 90_000)

  test('the Pipeline page shows every stage, and its counts agree with the API', async () => {
    const { page, faults, close } = await open('/pipeline')
    for (const topic of ['sales-transactions', 'inventory-updates', 'pos-events']) {
      await page.getByTestId(`topic-row-${topic}`).waitFor()
    }
    const before = await textOf(page, 'topic-row-sales-transactions')
    const claims = await page.evaluateHandle<string[]>(RECORD_CLAIMS)
    await until(
      async () => (await textOf(page, 'topic-row-sales-transactions')) !== before,
      'counts that move',
    )
    for (const group of ['Somebody has to act', 'Settled by rule']) {
      const reasons = page.getByRole('list', { name: group }).getByRole('listitem')
      await until(async () => (await reasons.count()) > 0, `the dirt of the twin: ${group}`, 90_000)
    }
    await expectAccessible(page)
    await picture(page, 'pipeline-light')
    // Loads have come in all the while.
    expect(await claims.jsonValue()).toEqual([])
    expect(faults).toEqual([])
    await close()
  }, 150_000)

  test('a dead letter is found, corrected and sent again on its page, and is seen to be accepted', async () => {
    const { page, faults, close } = await open('/pipeline')
    const reason = 'duplicate_line'
    await page.getByTestId(`dead-letter-reason-${reason}`).getByRole('link').click({ timeout: 90_000 })
    const table = page.getByTestId('letter-table')
    await table.waitFor()
    // A double scan asks nothing of anybody, and is not among those that the page begins with.
    expect(await page.getByTestId('state-settled').getAttribute('aria-current')).toBe('true')
    await page.getByTestId('state-open').click()
    await page.getByText('None that match').waitFor()
    await page.goBack()
    await expectAccessible(page)
    await table.getByRole('link', { name: reason }).first().click()
    const panel = page.getByTestId('letter-panel')
    const editor = panel.getByTestId('editor')
    await editor.waitFor()
    await expectAccessible(page)
    await picture(page, 'dead-letter-light')

    const line = JSON.parse(await editor.inputValue())
    const wrong = JSON.stringify({ ...line, unit_price: 'dear' })
    await editor.fill(wrong)
    await panel.getByTestId('replay').click()
    await panel.getByRole('alert').getByText('/unit_price').waitFor()
    expect(await editor.inputValue()).toBe(wrong)
    // It was another piece after all: alone, it is no second scan of anything.
    await editor.fill(JSON.stringify({ ...line, line_no: line.line_no + 1 }))
    await panel.getByTestId('replay').click()
    await panel.getByTestId('attempt-accepted').waitFor({ timeout: 30_000 })
    await panel.getByTestId('letter-state').getByText('Accepted').waitFor()

    await page.keyboard.press('Escape')
    await panel.waitFor({ state: 'detached' })
    expect(page.url()).toMatch(/reason=duplicate_line.*state=settled$/)
    await table.getByRole('checkbox').nth(1).check()
    await page.getByRole('button', { name: 'Replay 1 selected' }).click()
    await expectAccessible(page)
    await page.getByTestId('confirm').click()
    await page.getByTestId('replay-strip').getByText('1 accepted').waitFor({ timeout: 30_000 })
    await picture(page, 'dead-letters-light')
    // The browser tells of the correction that was refused, which the page shows where it was typed.
    expect(faults.filter((fault) => !fault.includes('a status of 400'))).toEqual([])
    await close()
    // There is enough of everything for the pages that follow, which need a stack that moves and no more.
    await direct('speed', '240')
  }, 180_000)

  test.each(['/', '/pipeline', '/dead-letters'])(
    '%s is readable in the dark and on a phone',
    async (path) => {
      const name = path.slice(1) || 'live'
      const dark = await open(path, { colorScheme: 'dark' })
      await dark.page.getByTestId('connection-state').waitFor()
      await dark.page.getByRole('row').nth(3).waitFor()
      await expectAccessible(dark.page)
      await picture(dark.page, `${name}-dark`)
      await dark.close()

      const phone = await open(path, { viewport: PHONE })
      await phone.page.getByRole('row').nth(3).waitFor()
      const width = await phone.page.evaluate('document.documentElement.scrollWidth')
      expect(width).toBeLessThanOrEqual(PHONE.width)
      await expectAccessible(phone.page)
      await picture(phone.page, `${name}-phone`)
      expect([...dark.faults, ...phone.faults]).toEqual([])
      await phone.close()
    },
    120_000,
  )

  // Whether there is a forecast yet is a matter of minutes: test/pages/forecast-pages.test.ts looks at both.
  test.each(['Forecasts', 'Models'])(
    'the %s page is drawn on the whole stack',
    async (title) => {
      const { page, faults, close } = await open(`/${title.toLowerCase()}`)
      await page.getByRole('heading', { level: 1, name: title }).waitFor()
      await page.locator('[data-testid="connection-state"][data-state="live"]').waitFor({ timeout: 20_000 })
      await page.getByRole('heading', { level: 2 }).first().waitFor()
      await expectAccessible(page)
      expect(faults).toEqual([])
      await close()
    },
    60_000,
  )

  test('what goes out with the shell of a page is what the page asks by itself', async () => {
    const { page, close } = await open('/')
    for (const path of ['/', '/forecasts', '/models', '/pipeline', '/dead-letters']) {
      const link = (await fetch(address + path, { headers: { accept: 'text/html' } })).headers.get('link')
      const question = /^<([^>]+)>/.exec(link ?? '')?.[1]
      // Without the header nobody but the page asks.
      await page.route(address + path, async (route) => {
        const response = await route.fetch()
        const { link: _, ...headers } = response.headers()
        await route.fulfill({ response, headers })
      })
      const asked = page.waitForRequest(`${address}${question}`, { timeout: 20_000 })
      await page.goto(address + path)
      await asked
    }
    await close()
  }, 120_000)

  test('the keyboard reaches the pages and the theme, and the theme is remembered', async () => {
    const { page, close } = await open('/')
    await page.getByTestId('store-table').waitFor()
    const reached: string[] = []
    for (let presses = 0; presses < 12; presses++) {
      await page.keyboard.press('Tab')
      reached.push(
        String(
          await page.evaluate(
            'document.activeElement?.getAttribute("data-testid") ?? document.activeElement?.textContent?.trim()',
          ),
        ),
      )
    }
    expect(reached.some((text) => text.includes('Pipeline'))).toBe(true)
    expect(reached).toContain('theme-toggle')
    const theme = () => page.evaluate('document.documentElement.dataset.theme')
    const before = await theme()
    await page.getByTestId('theme-toggle').press('Enter')
    const after = await theme()
    expect(after).not.toBe(before)
    await page.reload()
    await page.getByTestId('store-table').waitFor()
    expect(await theme()).toBe(after)
    await close()
  }, 60_000)

  test('a page that loses the API says so, and comes back by itself', async () => {
    const { page, close } = await open('/')
    await page.getByTestId('store-table').waitFor()
    const connected = await textOf(page, 'connection-state')
    await stack.part('api').stop()
    await until(
      async () => (await textOf(page, 'connection-state')) !== connected,
      'a word about the lost connection',
    )
    await stack.part('api').start()
    await until(async () => (await textOf(page, 'connection-state')) === connected, 'the connection back')
    await close()
  }, 90_000)

  describe('to a page of another site', () => {
    let ports: number[]
    beforeAll(() => {
      const pids = PARTS.flatMap((name) => (name in stack.addresses ? [stack.part(name).pid!] : []))
      const listeners = listenersOf(pids)
      expect(listeners.filter(({ isLoopback }) => !isLoopback)).toEqual([])
      ports = [...new Set(listeners.map(({ port }) => port))].sort()
      const configured = Object.entries(stack.ports).flatMap(([part, numbers]) =>
        part in stack.addresses ? Object.values(numbers) : [],
      )
      expect(ports).toEqual(expect.arrayContaining(configured))
    })

    test('each port that is open refuses, and nothing changes', async () => {
      const before = await contentsOf(stack)
      const answers = (await Promise.all(ports.map(answersTo))).flat().sort()
      // These say nothing: the object store lives, and its catalogue has no settings.
      const { s3, iceberg } = stack.ports.lake
      const empty = [
        ...['/healthz', '/readyz', '/status'].map((path) => `GET ${s3} ${path} 200 `),
        `GET ${iceberg} /v1/config 200 {"defaults":{},"overrides":{}}`,
      ]
      expect(answers).toEqual(empty.sort())
      expect(changesBetween(before, await contentsOf(stack))).toEqual([])
    }, 120_000)

    test('a real browser reads nothing there, and nothing changes', async () => {
      const before = await contentsOf(stack)
      const foreign = await serveForeignPage()
      const { page, close } = await browser.open(foreign.url)
      expect(await page.evaluate(foreignScript(ports))).toEqual([])
      // A page whose name has come to lead here: to the browser that is the same site.
      for (const port of ports) {
        const answer = await page.goto(`http://evil.localhost:${port}/`).catch(() => null)
        expect(answer?.status() ?? 'none', `port ${port}`).not.toBe(200)
      }
      await close()
      await foreign.close()
      expect(changesBetween(before, await contentsOf(stack))).toEqual([])
      const lines = async () =>
        ((await (await fetch(`${address}/api/v1/live`)).json()) as { lines_total: number }).lines_total
      const total = await lines()
      await until(async () => (await lines()) > total, 'loading, which was not held')
    }, 120_000)
  })
})
