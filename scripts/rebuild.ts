/** `npm run rebuild`: services/ingest/load/rebuild.ts against the running stack of --data. */
import { runCommand } from './command.ts'

await runCommand('services/ingest/load/rebuild.ts', (args) => !args.includes('--help'))
