/** `npm run jobs`: services/jobs/run.ts against the running stack of --data. */

import { runCommand } from '@shelfcast/platform/commands/command'
import { givenOf } from '@shelfcast/platform/native/plan'
import { compactSettings } from '@shelfcast/platform/native/spark'
import { ConnectorEnvironment } from '@shelfcast/platform/parts/jobs'
import { readSettings } from '@shelfcast/platform/state/configuration'
import { createProgress } from '@shelfcast/platform/tools/progress'
import { prepareModelsPython, prepareSpark } from '@shelfcast/platform/tools/tools'

const settings = readSettings()
// Where the connectors fetch from may be said in .env, which only `npm start` reads otherwise.
Object.assign(process.env, givenOf(ConnectorEnvironment, settings))
if (process.argv.includes('train') && !process.argv.includes('--help'))
  process.env.MODELS_PYTHON = await prepareModelsPython(createProgress(process.stderr))
if (process.argv.includes('compact') && !process.argv.includes('--help')) {
  // Whoever asks for it by hand is given Spark.
  Object.assign(process.env, compactSettings(settings, await prepareSpark(createProgress(process.stderr))))
}
await runCommand(
  'services/jobs/run.ts',
  (args) => args.some((word) => !word.startsWith('-')) && !args.includes('--help'),
)
