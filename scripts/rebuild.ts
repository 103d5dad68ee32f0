/** `npm run rebuild`: services/warehouse/rebuild.ts against the running stack of --data. */
import { runCommand } from './command.ts'

await runCommand('services/warehouse/rebuild.ts', (args) => !args.includes('--help'))
