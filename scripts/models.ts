/** `npm run models`: the training package's command line, in the environment that npm start installs. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { patienceEnvironment, takeStackOptions } from '@shelfcast/platform/commands/command'
import { callerFolder, REPOSITORY } from '@shelfcast/platform/state/layout'
import { stackEnvironment } from '@shelfcast/platform/state/stack'
import { createProgress } from '@shelfcast/platform/tools/progress'
import { prepareModelsPython } from '@shelfcast/platform/tools/tools'

try {
  const { dataDir, waitS, rest: words } = takeStackOptions(process.argv.slice(2))
  const python = await prepareModelsPython(createProgress(process.stderr))
  // These read the warehouse of the running stack, unless told of another one.
  const readsWarehouse =
    ['train', 'evaluate', 'fallback'].includes(words[0] ?? '') && !words.includes('--help')
  const stack =
    readsWarehouse && !process.env.CLICKHOUSE_URL
      ? { ...stackEnvironment(dataDir), ...patienceEnvironment(dataDir, waitS) }
      : {}
  const paths = [join(REPOSITORY, 'models'), process.env.PYTHONPATH].filter(Boolean).join(delimiter)
  const child = spawn(python, ['-m', 'shelfcast_models', ...words], {
    stdio: 'inherit',
    cwd: callerFolder(),
    env: { ...process.env, ...stack, PYTHONPATH: paths },
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('exit', (...how) => resolve(how))
  })
  process.exitCode = code ?? 128 + constants.signals[signal!]
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}
