import { join } from 'node:path'
import { run } from '@shelfcast/platform/processes/run'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import { expect, test } from 'vitest'

test('the bench of forecasts trains on a history, holds every level against what it fluctuates around, and serves', async () => {
  const output = await run(process.execPath, [
    join(REPOSITORY, 'scripts', 'bench.ts'),
    'forecasts',
    '--quick',
    '--json',
  ])
  expect(output).toContain('a week of a store and category')
  const figures = JSON.parse(output.trim().split('\n').at(-1)!).forecasts as Record<string, number>
  expect(figures.parity_max_relative_difference).toBeLessThan(1e-4)
  expect(figures.additivity_max_relative_difference).toBeLessThan(1e-4)
  expect(figures.forecasts_failed).toBe(0)
  for (const level of ['wape', 'wape_week', 'wape_day_category', 'wape_week_category']) {
    // Nobody beats what demand fluctuates around, and thirty trees beat the last day that was known.
    expect(figures[`model_${level}`], level).toBeGreaterThan(figures[`oracle_${level}`]!)
    expect(figures[`model_${level}`], level).toBeLessThan(figures[`naive_${level}`]!)
  }
})
