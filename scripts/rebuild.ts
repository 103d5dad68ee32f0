/** `npm run rebuild`: services/warehouse/rebuild.ts against the running stack of --data. */
import { runCommand } from '@shelfcast/platform/commands/command'

await runCommand('services/warehouse/rebuild.ts', (args) => !args.includes('--help'))
