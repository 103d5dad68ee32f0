/** `node scripts/launch.mjs prepare`: everything that a start or a test run needs, without starting anything. */
import { prepareAll } from '@shelfcast/platform/commands/test-run'

try {
  await prepareAll()
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}
