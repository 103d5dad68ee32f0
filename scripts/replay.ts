/** `npm run replay`: datagen/replay.ts against the running stack of --data. */
import { runProgram } from '@shelfcast/platform/commands/programs'

await runProgram(
  'datagen/replay.ts',
  (args) => args.length > 0 && !args.some((word) => word === '--help' || word === '--dry-run'),
)
