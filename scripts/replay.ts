/** `npm run replay`: datagen/replay.ts against the running stack of --data. */
import { runCommand } from '@shelfcast/platform/commands/command'

await runCommand(
  'datagen/replay.ts',
  (args) => args.length > 0 && !args.some((word) => word === '--help' || word === '--dry-run'),
)
