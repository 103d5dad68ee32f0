/** `npm run test:heavy`: what takes longer than CI should. Arguments go to vitest. */
import { prepareHeavy, runTests } from './test-run.ts'

await runTests('vitest.heavy.config.ts', prepareHeavy)
