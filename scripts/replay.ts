/** `npm run replay`: datagen/replay.ts against the running stack of --data. */
import { runCommand } from './command.ts'

await runCommand(
  'datagen/replay.ts',
  (args) => args.length > 0 && !args.some((word) => word === '--help' || word === '--dry-run'),
)
