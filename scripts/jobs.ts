/** `npm run jobs`: services/jobs/run.ts against the running stack of --data. */

import { runCommand } from './command.ts'
import { readSettings } from './configuration.ts'
import { connectorSettings } from './plans.ts'

// Where the connectors fetch from may be said in .env, which only `npm start` reads otherwise.
Object.assign(process.env, connectorSettings(readSettings()))
await runCommand(
  'services/jobs/run.ts',
  (args) => args.some((word) => !word.startsWith('-')) && !args.includes('--help'),
)
