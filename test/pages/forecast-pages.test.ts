/** The Forecasts page and the Models page in a real browser, over three months of a made-up retailer. */

import type { App } from '@shelfcast/api/http/schemas'
import type { Run } from '@shelfcast/contracts/runs'
import { createRuns, type Runs } from '@shelfcast/operational/runs'
import { buildDashboard, DASHBOARD_BUILD } from '@shelfcast/platform/tools/dashboard'
import { createProgress } from '@shelfcast/platform/tools/progress'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildTestServer } from '../api/fixture.ts'
import { forecastRows, seedOperational, seedWarehouse } from '../api/forecasts.ts'
import { startStore, type TestStore } from '../operational/store.ts'
import { until } from '../stack/figures.ts'
import { insert, startWarehouse, type TestWarehouse } from '../warehouse/warehouse.ts'
import { expectAccessible } from './accessible.ts'
import { NO_BROWSER, PHONE, picture, startBrowser, type TestBrowser } from './browser.ts'

/** One that is under way, whatever was before. */
async function startTraining(runs: Runs): Promise<Run> {
  for (const state of ['queued', 'running'] as const)
    for (const run of await runs.list({ jobs: ['train'], state }))
      await (state === 'queued'
        ? runs.cancel(run.id, 'test')
        : runs.succeed(run, { figures: {}, shortfalls: [] }))
  await runs.request({ job: 'train', requested_by: 'test' })
  return (await runs.claim({ jobs: ['train'], worker: 'test' }))!
}

describe.skipIf(NO_BROWSER !== undefined)(`forecast pages${NO_BROWSER ? ` (${NO_BROWSER})` : ''}`, () => {
  let warehouse: TestWarehouse
  let store: TestStore
  let app: App
  let address: string
  let browser: TestBrowser

  beforeAll(async () => {
    await buildDashboard(createProgress(process.stderr))
    ;[warehouse, store] = await Promise.all([startWarehouse(), startStore()])
    app = await buildTestServer({
      warehouse: warehouse.client,
      operational: store.client,
      dashboardDir: DASHBOARD_BUILD,
    })
    address = await app.listen({ host: '127.0.0.1', port: 0 })
    browser = await startBrowser({ reducedMotion: 'reduce' })
  }, 300_000)

  afterAll(async () => {
    await browser?.close()
    await app?.close()
    await Promise.all([warehouse?.stop(), store?.stop()])
  }, 60_000)

  const open = (path: string, options?: Parameters<TestBrowser['open']>[1]) =>
    browser.open(address + path, options)
  async function look(page: Page, name: string): Promise<void> {
    await expectAccessible(page)
    await picture(page, name)
  }

  test('before the first forecast the page shows how far it is, and fills by itself', async () => {
    const runs = createRuns(store.client)
    const run = await startTraining(runs)
    await runs.heartbeat(run, { progress: { step: 'search', done: 3, total: 30, text: 'trial 3 of 30' } })
    const { page, faults, close } = await open('/forecasts')
    await page.getByTestId('first-forecast').getByText('trial 3 of 30').waitFor()
    await runs.heartbeat(run, { progress: { done: 9, text: 'trial 9 of 30' } })
    await page.getByTestId('first-forecast').getByText('trial 9 of 30').waitFor()
    await look(page, 'forecasts-first')
    await runs.succeed(run, { figures: {}, shortfalls: [] })
    await seedWarehouse(warehouse.client)
    await seedOperational(store.client)
    await page.getByTestId('series-table').waitFor({ timeout: 30_000 })
    expect(faults).toEqual([])
    await close()
  }, 90_000)

  test('a series is found, and a day of it is explained', async () => {
    const { page, faults, close } = await open('/forecasts')
    const panel = page.getByTestId('series-panel')
    await panel.getByTestId('forecast-chart').locator('canvas').first().waitFor()
    await look(page, 'forecasts-light')

    await page.getByRole('searchbox').fill('bananas')
    await page.getByRole('combobox', { name: 'Store' }).selectOption({ label: 'Harbour (1)' })
    await panel.getByRole('heading', { name: 'Bananas loose' }).waitFor()
    expect(page.url()).toContain('store_id=S-05')
    expect(page.url()).toContain('text=bananas')
    await panel
      .getByTestId('day-strip')
      .getByLabel(/^Sat 7 Mar: [\d.]+ kg$/)
      .check()
    const waterfall = panel.getByTestId('waterfall')
    await waterfall.getByText('Saturday').waitFor()
    const figures = await waterfall
      .getByRole('row')
      .evaluateAll((rows: { innerText: string }[]) =>
        rows.map(({ innerText }) => Number.parseFloat(innerText.split('\t').at(-1)!.replace('+', ''))),
      )
    const forecast = figures.pop()!
    expect(Math.abs(figures.reduce((sum, each) => sum + each, 0) - forecast)).toBeLessThan(0.5)
    expect(await panel.getByTestId('words').innerText()).toContain('Saturday sells')

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByTestId('forecasts-csv').click(),
    ])
    expect(download.suggestedFilename()).toBe('forecasts-S-05-bananas.csv')
    await page.getByRole('link', { name: 'Clear' }).click()
    await page.getByRole('link', { name: 'Change' }).click()
    await until(async () => page.url().endsWith('sort=change'), 'the order in the address')
    expect(faults).toEqual([])
    await close()
  }, 60_000)

  test('the Models page says how the champion does; a version is promoted and rolled back from', async () => {
    const { page, faults, close } = await open('/models')
    await page.getByTestId('accuracy-chart').locator('canvas').first().waitFor()
    await page.getByText('16.0% less error than the mean of 28 days, the best baseline').waitFor()
    await page.getByRole('progressbar').first().waitFor()
    await look(page, 'models-light')

    const champion = page.getByTestId('version-demand-20260222-1')
    const lost = page.getByTestId('version-demand-20260228-1')
    await lost.getByRole('button', { name: /^Promote/ }).click()
    await page.getByRole('dialog').getByText('although it lost the gate').waitFor()
    await look(page, 'models-dialog')
    await page.getByTestId('confirm').click()
    await lost.getByText('Champion', { exact: true }).waitFor()
    await lost.getByRole('button', { name: 'Roll back' }).click()
    await page.getByTestId('confirm').click()
    await champion.getByText('Champion', { exact: true }).waitFor()

    await page.getByTestId('retrain').click()
    await page.getByTestId('runs').getByText('Queued').waitFor()
    expect(faults).toEqual([])
    await close()
  }, 60_000)

  test.each(['/forecasts', '/models'])(
    '%s is readable in the dark and on a phone',
    async (path) => {
      for (const [name, options] of Object.entries({
        dark: { colorScheme: 'dark' as const },
        phone: { viewport: PHONE },
        'phone-dark': { viewport: PHONE, colorScheme: 'dark' as const },
      })) {
        const { page, faults, close } = await open(path, options)
        await page.locator('canvas').first().waitFor()
        await look(page, `${path.slice(1)}-${name}`)
        if ('viewport' in options) {
          const width = await page.evaluate('document.documentElement.scrollWidth')
          expect(width).toBeLessThanOrEqual(PHONE.width)
        }
        expect(faults).toEqual([])
        await close()
      }
    },
    90_000,
  )

  test('while a model is trained a baseline forecasts, and the page says so and how far it is', async () => {
    await insert(warehouse.client, 'fact_forecast', forecastRows('baseline:ses', 9_000))
    const runs = createRuns(store.client)
    const run = await startTraining(runs)
    await runs.heartbeat(run, { progress: { step: 'Backtest', done: 4, total: 9, text: 'window 4 of 9' } })
    const { page, faults, close } = await open('/forecasts')
    await page.getByTestId('training-strip').getByText('window 4 of 9').waitFor()
    await page.getByTestId('series-panel').getByText('Baseline: exponential smoothing').first().waitFor()
    await look(page, 'forecasts-baseline')
    // The model takes over: nobody reloads the page.
    await insert(warehouse.client, 'fact_forecast', forecastRows('later', 9_100))
    await runs.succeed(run, { figures: {}, shortfalls: [] })
    await page.getByTestId('training-strip').waitFor({ state: 'detached' })
    await page.getByTestId('series-panel').getByText('later').waitFor()
    expect(faults).toEqual([])
    await close()
  }, 60_000)
})
