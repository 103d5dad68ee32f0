import { join } from 'node:path'
import { run } from '@shelfcast/platform/processes/run'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import { expect, test } from 'vitest'

test('the bench of detection trains on the first part of a run, scores the rest in Node, and prints figures by model', async () => {
  const output = await run(process.execPath, [
    join(REPOSITORY, 'scripts', 'bench.ts'),
    'detection',
    '--quick',
    '--json',
  ])
  expect(output).toContain('lots thrown away: random forest')
  const figures = JSON.parse(output.trim().split('\n').at(-1)!).detection as Record<string, number>
  expect(figures.parity_max_relative_difference).toBeLessThan(1e-5)
  expect(figures.sales_labelled).toBeGreaterThan(10)
  expect(figures.stock_labelled).toBeGreaterThan(2)
  // Twice as good as telling rows by chance, at the least.
  for (const name of ['sales', 'stock', 'slow_movers'])
    expect
      .soft(
        figures[`${name}_average_precision`]! / (figures[`${name}_labelled`]! / figures[`${name}_rows`]!),
        name,
      )
      .toBeGreaterThan(2)
  // Installing the training packages may come before it.
}, 600_000)
