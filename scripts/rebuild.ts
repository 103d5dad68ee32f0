/** `npm run rebuild`: services/ingest/load/rebuild.ts against the running stack of --data. */
import { runCommand } from '@shelfcast/platform/commands/command'

await runCommand('services/ingest/load/rebuild.ts', (args) => !args.includes('--help'))
