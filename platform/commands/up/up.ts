/** The whole stack without Docker, in the foreground. */
import { configuredPorts } from '../../machine/ports.ts'
import { preflight, refuseFaults } from '../../machine/preflight.ts'
import { OPTIONAL_PARTS, PARTS, type PartName, USUAL_PARTS } from '../../parts/parts.ts'
import { readSettings } from '../../state/configuration.ts'
import { dataFolder } from '../../state/layout.ts'
import { createConsole } from '../../supervisor/console.ts'
import { refuseIfHeld } from '../../supervisor/folder.ts'
import { openStack } from '../../supervisor/supervise.ts'
import { buildDashboard } from '../../tools/dashboard.ts'
import { createProgress } from '../../tools/progress.ts'
import { prepareTools } from '../../tools/tools.ts'
import type { UpArguments } from './arguments.ts'
import { wipe } from './fresh.ts'
import { createStop } from './stop.ts'

/**
 * Runs the stack until it is stopped.
 * @returns the exit code
 */
export async function up(options: UpArguments): Promise<number> {
  const began = Date.now()
  const dataDir = dataFolder(options.data)
  const parts = partsOf(options)
  const progress = createProgress()
  const console = createConsole({ verbose: options.verbose, print: progress.line })
  const stop = createStop(progress, console.stopping)

  // Checked before the ports are, which the running stack has of course taken.
  refuseIfHeld(dataDir)
  if (options.fresh && !(await wipe(dataDir, options.yes))) return 1
  progress.line(`Shelfcast on ${dataDir}`)
  await progress.step('Preflight', async () => {
    const ports = configuredPorts(readSettings())
    refuseFaults(await preflight({ dataDir, ports, parts: options.ports === 'free' ? [] : parts }))
  })
  const tools = await prepareTools(progress, {
    spark: parts.includes('spark'),
    models: parts.includes('jobs'),
  })
  await buildDashboard(progress)
  const stack = await openStack({
    dataDir,
    ports: options.ports ?? 'configured',
    parts,
    tools,
    onLine: console.line,
    onNews: console.news,
    onStep: (title, work) => progress.step(title, work),
  })
  stop.stack = stack
  try {
    await stack.start()
  } catch (error) {
    if (stop.isUnderWay) return stop.done
    throw error
  }
  for (const line of console.summary(stack, progress.timings(), Date.now() - began)) progress.line(line)
  console.countNowAndThen(stack)
  return stop.done
}

/** In the order of their start. */
function partsOf({ with: optional = [], twin }: UpArguments): PartName[] {
  const { STREAM_ENGINE } = readSettings()
  if (STREAM_ENGINE !== undefined && !['', 'node', 'spark'].includes(STREAM_ENGINE)) {
    throw new Error(`STREAM_ENGINE is "${STREAM_ENGINE}". Set it to node or spark.`)
  }
  const names = [
    ...USUAL_PARTS,
    ...OPTIONAL_PARTS.filter((name) => optional.includes(name) || name === STREAM_ENGINE),
  ]
  return PARTS.filter((name) => names.includes(name) && (twin || name !== 'twin'))
}
