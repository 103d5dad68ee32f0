import { join } from 'node:path'
import { run } from '@shelfcast/platform/processes/run'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import { expect, test } from 'vitest'

test('the bench of ingest brings a topic in on each path, and prints what each took beside the goals', async () => {
  // Each path counts its rows against what the topic holds, and refuses to give figures for one too few or too many.
  const bench = join(REPOSITORY, 'scripts', 'bench.ts')
  const output = await run(process.execPath, [bench, 'ingest', '--quick', '--no-python', '--json'])
  expect(output).toContain('Shelfcast: gate, lake, warehouse')
  expect(output).toMatch(/To warm Spark, wall time .* left out/)
  const figures = JSON.parse(output.trim().split('\n').at(-1)!).ingest as Record<string, number>
  for (const path of ['shelfcast', 'kafka_engine_tuned']) {
    expect(figures[`${path}_lines_per_s`], path).toBeGreaterThan(0)
    expect(figures[`${path}_cpu_s_per_million_lines`], path).toBeGreaterThan(0)
    expect(figures[`${path}_memory_mb`], path).toBeGreaterThan(0)
  }
  for (const step of ['consume', 'gate', 'encode']) {
    expect(figures[`${step}_only_lines_per_s`], step).toBeGreaterThan(0)
  }
  expect(figures.shelfcast_blocks).toBeGreaterThanOrEqual(6)
}, 180_000)
