/** `node scripts/launch.mjs prepare`: everything that a start or a test run needs, without starting anything. */
import { prepareAll } from '@shelfcast/platform/commands/test-run'
import { createCommand, runCommand } from '@shelfcast/runtime/command'

const command = createCommand('prepare', 'Installs and builds what a start or a test needs.')
await runCommand(
  command.action(async () => {
    await prepareAll()
  }),
)
