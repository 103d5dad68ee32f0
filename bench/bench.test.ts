import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { run } from '@shelfcast/platform/processes/run'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import { expect, test } from 'vitest'

const COMMAND = join(REPOSITORY, 'scripts', 'bench.ts')

test('the bench of the twin measures, and prints a table and its figures', async () => {
  const output = await run(process.execPath, [COMMAND, 'datagen', '--quick', '--no-python', '--json'])
  expect(output).toContain('Events, twin, small')
  expect(output).toContain('Without the comparison with numpy.')
  const figures = JSON.parse(output.trim().split('\n').at(-1)!).datagen as Record<string, number>
  for (const name of ['events_small_lines', 'events_faker_lines']) {
    expect(figures[`${name}_per_s`], name).toBeGreaterThan(0)
  }
  for (const name of ['history_small', 'history_parquet_small']) {
    expect(figures[`${name}_store_sku_days_per_s`], name).toBeGreaterThan(0)
    expect(figures[`${name}_memory_mb`], name).toBeGreaterThan(0)
  }
  expect(figures.events_small_ratio).toBeGreaterThan(0)
}, 60_000)

test('a bench that is not there is named, with those that are', () => {
  const { status, stderr } = spawnSync(process.execPath, [COMMAND, 'kafka'], { encoding: 'utf8' })
  expect(stderr).toMatch(/'kafka' is invalid.*Allowed choices are .*datagen, /)
  expect(status).toBe(1)
})
