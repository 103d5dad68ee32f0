import { join } from 'node:path'
import { run } from '@shelfcast/platform/processes/run'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import { expect, test } from 'vitest'

test('calibrated risks beat the rate rule, the formula as it is and the frequency for all alike', async () => {
  const command = join(REPOSITORY, 'scripts', 'bench.ts')
  const output = await run(process.execPath, [command, 'stock-out-risk', '--json'])
  const figures = JSON.parse(output.trim().split('\n').at(-1)!)['stock-out-risk'] as Record<string, number>
  for (const other of ['rate', 'rate_calibrated', 'formula', 'frequency'])
    expect(figures[`skill_against_${other}_low`], other).toBeGreaterThan(0)
  expect(figures.calibrated_calibration_error).toBeLessThan(0.01)
}, 300_000)
