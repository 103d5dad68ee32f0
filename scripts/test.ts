/** `npm test`: what CI runs. Arguments go to vitest. */
import { runTests } from './test-run.ts'

await runTests('vitest.config.ts')
