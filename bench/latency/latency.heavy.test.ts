import { join } from 'node:path'
import { run } from '@shelfcast/platform/processes/run'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import { expect, test } from 'vitest'

test('the bench of latency follows every message to its row', async () => {
  const bench = join(REPOSITORY, 'scripts', 'bench.ts')
  const output = await run(process.execPath, [bench, 'latency', '--quick', '--json'])
  expect(output).toContain('From scan to queryable')
  const figures = JSON.parse(output.trim().split('\n').at(-1)!).latency as Record<string, number>
  for (const rate of [1_000, 10_000]) {
    const of = (name: string) => figures[`latency_${rate}_lines_per_s_${name}_ms`]!
    expect(of('p50'), String(rate)).toBeGreaterThan(0)
    expect(of('p99')).toBeGreaterThanOrEqual(of('p50'))
    expect(of('max')).toBeGreaterThanOrEqual(of('p99'))
  }
}, 180_000)
