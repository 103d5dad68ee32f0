/** `npm run test:heavy`: what takes longer than CI should. Arguments go to vitest. */
import { prepareHeavy, runTests } from '@shelfcast/platform/commands/test-run'

await runTests('vitest.heavy.config.ts', prepareHeavy)
