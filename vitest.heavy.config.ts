import { defineConfig } from 'vitest/config'
import { ROOMS, settings } from './vitest.config.ts'

export default defineConfig({
  test: {
    ...settings,
    include: [`${ROOMS}/**/*.heavy.test.ts`],
    exclude: [...settings.exclude],
    testTimeout: 600_000,
  },
})
