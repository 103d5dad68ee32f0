import { LongestFirst } from '@shelfcast/platform/commands/test-order'
import { createTimesReporter } from '@shelfcast/platform/commands/test-times'
import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** Folders of ours; the dashboard's build and the packages hold test files too. */
export const ROOMS =
  '{bench,services,datagen,infra,models,platform,scripts,spark-jobs,dashboards/planner/src,test}'

export const settings: ViteUserConfig['test'] & { exclude: string[] } = {
  exclude: ['**/node_modules/**', '**/build/**'],
  // Tests start real processes: a process of its own for each file keeps signals and environments apart.
  pool: 'forks',
  // For two cores, which the smallest machines have: a stack waits about as long as it works, and a third file works then.
  // A fourth makes the whole no shorter.
  maxWorkers: 3,
  sequence: { sequencer: LongestFirst },
  reporters: ['default', createTimesReporter((text) => process.stdout.write(text))],
  testTimeout: 30_000,
  hookTimeout: 180_000,
  // kafkajs asks for a timer in the past now and then; Node 24 says so each time, and nothing follows from it.
  execArgv: ['--disable-warning=TimeoutNegativeWarning'],
}

export default defineConfig({
  test: {
    ...settings,
    include: [`${ROOMS}/**/*.test.ts`],
    exclude: [...settings.exclude, '**/*.heavy.test.ts'],
  },
})
