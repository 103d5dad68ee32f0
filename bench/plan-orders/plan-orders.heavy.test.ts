import { join } from 'node:path'
import { run } from '@shelfcast/platform/processes/run'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import { expect, test } from 'vitest'

test('the bench of plan-orders plans a chain, and the same again is the same', async () => {
  const output = await run(process.execPath, [
    join(REPOSITORY, 'scripts', 'bench.ts'),
    'plan-orders',
    '--quick',
    '--json',
  ])
  const figures = JSON.parse(output.trim().split('\n').at(-1)!)['plan-orders'] as Record<string, number>
  expect(figures.same_150_series).toBe(1)
  expect(figures.orders_150_series).toBeGreaterThan(0)
})
