import { defineConfig } from 'vitest/config'
import { ROOMS, settings } from './vitest.config.ts'

export default defineConfig({
  test: {
    ...settings,
    include: [`${ROOMS}/**/*.heavy.test.ts`],
    exclude: [...settings.exclude],
    // Each of them takes all of a machine.
    maxWorkers: 2,
    testTimeout: 600_000,
  },
})
