/** `npm run status`: addresses, health, and the counts of each stage of the running stack. */
import { statusCommand } from '@shelfcast/platform/commands/status/status'
import { runCommand } from '@shelfcast/runtime/command'

await runCommand(statusCommand())
// Clients that gave up waiting for a part may still hold a timer.
process.exit()
