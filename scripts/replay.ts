/** `npm run replay`: datagen/replay.ts against the running stack of --data. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { callerFolder, dataFolder, REPOSITORY } from './layout.ts'
import { stackEnvironment } from './stack.ts'

try {
  const { dataDir, rest } = takeData(process.argv.slice(2))
  const asksForHelp = rest.length === 0 || rest.includes('--help')
  const child = spawn(
    process.execPath,
    ['--disable-warning=TimeoutNegativeWarning', join(REPOSITORY, 'datagen', 'replay.ts'), ...rest],
    {
      stdio: 'inherit',
      // Files are named from where the person stands.
      cwd: callerFolder(),
      env: { ...process.env, ...(asksForHelp ? {} : stackEnvironment(dataDir)) },
    },
  )
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('exit', (...how) => resolve(how))
  })
  process.exitCode = code ?? 128 + constants.signals[signal!]
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}

/** Splits --data DIR off; everything else is for the replay. */
function takeData(args: string[]): { dataDir: string; rest: string[] } {
  const rest = [...args]
  const at = rest.findIndex((word) => word === '--data' || word.startsWith('--data='))
  if (at === -1) return { dataDir: dataFolder(), rest }
  const inline = rest[at]!.split('=').slice(1).join('=')
  const [, next] = rest.splice(at, inline ? 1 : 2)
  const given = inline || next
  if (!given) throw new Error('--data names no folder. Write --data DIR, or leave it out for the default.')
  return { dataDir: dataFolder(given), rest }
}
