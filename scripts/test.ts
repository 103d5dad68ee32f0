/** `npm test`: what CI runs. Arguments go to vitest. */
import { runTests } from '@shelfcast/platform/commands/test-run'

await runTests('vitest.config.ts')
