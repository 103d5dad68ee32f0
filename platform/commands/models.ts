/** The training package's command line, in the environment that a start installs. */
import { delimiter, join } from 'node:path'
import { spawnInBackground } from '@shelfcast/runtime/background'
import { runInForeground } from '../processes/foreground.ts'
import { callerFolder, REPOSITORY } from '../state/layout.ts'
import { createProgress } from '../tools/progress.ts'
import { prepareModelsPython } from '../tools/tools.ts'
import { runBesideStack } from './programs.ts'

const READ_THE_WAREHOUSE = ['train', 'evaluate', 'fallback']

export async function runModels(): Promise<void> {
  await runBesideStack(async (args, access) => {
    const python = await prepareModelsPython(createProgress(process.stderr))
    // That of the running stack, unless told of another one.
    const needsStack =
      READ_THE_WAREHOUSE.includes(args[0] ?? '') && !args.includes('--help') && !process.env.CLICKHOUSE_URL
    const path = [join(REPOSITORY, 'models'), process.env.PYTHONPATH].filter(Boolean).join(delimiter)
    const options = {
      cwd: callerFolder(),
      env: { ...process.env, ...(needsStack ? access() : {}), PYTHONPATH: path },
    }
    // A stack may run on the same machine.
    return runInForeground(python, ['-m', 'shelfcast_models', ...args], options, spawnInBackground)
  })
}
