import { join } from 'node:path'
import { run } from '@shelfcast/platform/processes/run'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import { expect, test } from 'vitest'

test('the bench of features builds both ways, the same to the digit, and forecasts all series', async () => {
  const output = await run(process.execPath, [
    join(REPOSITORY, 'scripts', 'bench.ts'),
    'features',
    '--quick',
    '--json',
  ])
  expect(output).toContain('the same to the digit')
  const figures = JSON.parse(output.trim().split('\n').at(-1)!).features as Record<string, number>
  for (const series of [20, 40]) {
    const of = (name: string) => figures[name.replace('*', `${series}_series_1_years`)]
    expect(of('equal_*')).toBe(1)
    for (const name of ['nothing_*_s', 'day_*_cpu_s', 'baseline_*_s', 'day_*_mb', 'forecasts_*_mb'])
      expect(of(name), name).toBeGreaterThan(0)
  }
})
