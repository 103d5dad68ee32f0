/** `npm run rebuild`: services/ingest/load/rebuild.ts against the running stack of --data. */
import { runProgram } from '@shelfcast/platform/commands/programs'

await runProgram('services/ingest/load/rebuild.ts', (args) => !args.includes('--help'))
