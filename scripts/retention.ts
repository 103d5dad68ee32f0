/** `npm run retention`: how long everything is kept, how much there is, and what goes next. */
import { retentionCommand } from '@shelfcast/platform/commands/retention/retention'
import { runCommand } from '@shelfcast/runtime/command'

await runCommand(retentionCommand())
// Clients that gave up waiting for a part may still hold a timer.
process.exit()
