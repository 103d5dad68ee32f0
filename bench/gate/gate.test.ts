import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { run } from '@shelfcast/platform/processes/run'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import { expect, test } from 'vitest'

const COMMAND = join(REPOSITORY, 'scripts', 'bench.ts')

test('the bench of the gate prints a table by fault, and its figures', async () => {
  const output = await run(process.execPath, [COMMAND, 'gate', '--baskets', '500', '--json'])
  expect(output).toContain('double_scan beside the best possible rule')
  const figures = JSON.parse(output.trim().split('\n').at(-1)!).gate as Record<string, number>
  expect(figures.baskets).toBeGreaterThanOrEqual(500)
  expect(figures.double_scan_found).toBeGreaterThan(0)
  expect(figures.double_scan_share_of_best_by_time).toBeGreaterThan(0.9)
}, 60_000)

test('a number of baskets that cannot be is refused with what would be right', () => {
  const { stderr } = spawnSync(process.execPath, [COMMAND, 'gate', '--baskets', '1e9'], { encoding: 'utf8' })
  expect(stderr).toContain("'1e9' is invalid. It is no whole number from 1 to 20000000.")
})
