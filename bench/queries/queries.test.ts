import { join } from 'node:path'
import { run } from '@shelfcast/platform/processes/run'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import { expect, test } from 'vitest'
import { QUESTIONS } from './measures.ts'

test('the bench of queries fills a warehouse, asks every question of it, and prints its figures', async () => {
  const bench = join(REPOSITORY, 'scripts', 'bench.ts')
  const output = await run(process.execPath, [bench, 'queries', '--quick', '--lines', '50000', '--json'])
  expect(output).toContain('On disk')
  const figures = JSON.parse(output.trim().split('\n').at(-1)!).queries as Record<string, number>
  expect(figures.lines).toBeGreaterThan(40_000)
  expect(figures.sales_hourly_bytes).toBeGreaterThan(0)
  for (const { name, plain } of QUESTIONS) {
    expect(figures[`${name}_p99_ms`], name).toBeGreaterThan(0)
    // A measure that finds nothing would be fast.
    expect(figures[`${name}_rows_returned`], name).toBeGreaterThan(0)
    if (plain) expect(figures[`${name}_from_facts_p50_ms`], name).toBeGreaterThan(0)
  }
}, 120_000)
