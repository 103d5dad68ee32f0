/** `npm start`: the whole stack without Docker, in the foreground. */
import { readlinkSync, rmSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { configuredPorts } from '@shelfcast/platform/machine/ports'
import { preflight, refuseFaults } from '@shelfcast/platform/machine/preflight'
import { OPTIONAL_PARTS, PARTS, type PartName, USUAL_PARTS } from '@shelfcast/platform/parts/parts'
import { isElsewhere } from '@shelfcast/platform/postgres/account'
import { endLeftovers } from '@shelfcast/platform/processes/orphans'
import { readSettings } from '@shelfcast/platform/state/configuration'
import { dataFolder, layout } from '@shelfcast/platform/state/layout'
import { createConsole } from '@shelfcast/platform/supervisor/console'
import { foreignFile, heldBy, openStack, type Stack } from '@shelfcast/platform/supervisor/supervise'
import { buildDashboard } from '@shelfcast/platform/tools/dashboard'
import { createProgress, seconds } from '@shelfcast/platform/tools/progress'
import { prepareTools } from '@shelfcast/platform/tools/tools'

const HELP = `npm start [-- FLAGS]   runs the whole stack, in the foreground; Ctrl-C stops it

  --data DIR     where the data lies (default .shelfcast in the repository)
  --ports free   any free ports, so that two stacks live side by side
  --with spark   Spark lands the blocks instead of ingest (also with STREAM_ENGINE=spark in .env)
  --no-twin      without the retailer twin: only what you replay or send
  --fresh        wipes the data of DIR first, after asking
  --yes          does not ask
  --verbose      all lines of all parts, not only warnings
  --help         this text`

/** Ctrl-C in a terminal reaches npm, the launcher and this process, which pass it on: that is still one Ctrl-C. */
const SAME_SIGNAL_MS = 1_000

function readFlags() {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      ports: { type: 'string' },
      with: { type: 'string', default: '' },
      'no-twin': { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.ports !== undefined && values.ports !== 'free') {
    throw new Error(
      `--ports is "${values.ports}". Use --ports free, or set single ports in .env (KAFKA_PORT, S3_PORT, API_PORT, ...).`,
    )
  }
  return { ...values, dataDir: dataFolder(values.data), optional: optionalParts(values.with) }
}

/** @param given names with commas */
function optionalParts(given: string): PartName[] {
  const { STREAM_ENGINE } = readSettings()
  if (STREAM_ENGINE !== undefined && !['', 'node', 'spark'].includes(STREAM_ENGINE)) {
    throw new Error(`STREAM_ENGINE is "${STREAM_ENGINE}". Set it to node or spark.`)
  }
  const names = given.split(',').filter(Boolean)
  const unknown = names.find((name) => !OPTIONAL_PARTS.some((part) => part === name))
  if (unknown !== undefined) {
    throw new Error(`--with names "${unknown}". It takes ${OPTIONAL_PARTS.join(', ')}.`)
  }
  return OPTIONAL_PARTS.filter((name) => names.includes(name) || name === STREAM_ENGINE)
}

async function up(flags: ReturnType<typeof readFlags>): Promise<number> {
  const began = Date.now()
  const { dataDir } = flags
  const wanted: readonly PartName[] = [...USUAL_PARTS, ...flags.optional]
  const parts = PARTS.filter((name) => wanted.includes(name) && !(name === 'twin' && flags['no-twin']))
  const progress = createProgress()
  const console = createConsole({ verbose: flags.verbose, print: progress.line })
  let stack: Stack | undefined
  let asked = 0
  let killed = false
  let finish: (code: number) => void = () => undefined
  const finished = new Promise<number>((resolve) => {
    finish = resolve
  })

  const onSignal = (name: string) => {
    const since = Date.now() - asked
    if (asked === 0) {
      asked = Date.now()
      console.stopping()
      progress.line(`${name}: stopping (again to kill)`)
      // Before the parts run there is nothing to stop in order.
      if (!stack) process.exit(130)
      const at = Date.now()
      stack.stop().then(
        () => {
          progress.line(`Stopped in ${seconds(Date.now() - at)}. The data stays in ${dataDir}`)
          finish(0)
        },
        (error) => {
          progress.line(`The stop failed: ${(error as Error).message}`)
          finish(1)
        },
      )
    } else if (since > SAME_SIGNAL_MS && !killed) {
      killed = true
      progress.line('Killing all parts')
      stack?.kill()
      setTimeout(() => process.exit(130), SAME_SIGNAL_MS)
    }
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
    process.on(signal, () => onSignal(signal === 'SIGINT' ? 'Ctrl-C' : signal))
  }
  // The launcher is gone, so nobody would pass signals on any more.
  process.once('disconnect', () => onSignal('The launcher ended'))
  for (const output of [process.stdout, process.stderr]) {
    // Lines that nobody reads are lost, and the parts are stopped in order all the same.
    output.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (asked === 0 && (code === 'EPIPE' || code === 'EIO')) onSignal('The terminal is gone')
    })
  }
  process.channel?.unref()

  refuseIfHeld(dataDir)
  if (flags.fresh && !(await wipe(dataDir, flags.yes))) return 1
  progress.line(`Shelfcast on ${dataDir}`)
  await progress.step('Preflight', async () => {
    const ports = configuredPorts(readSettings())
    refuseFaults(await preflight({ dataDir, ports, parts: flags.ports === 'free' ? [] : parts }))
  })
  const tools = await prepareTools(progress, {
    spark: parts.includes('spark'),
    models: parts.includes('jobs'),
  })
  await buildDashboard(progress)
  if (asked > 0) return 130
  stack = await openStack({
    dataDir,
    ports: flags.ports === 'free' ? 'free' : 'configured',
    parts,
    tools,
    onLine: console.line,
    onNews: console.news,
    onStep: (title, work) => progress.step(title, work),
  })
  try {
    await stack.start()
  } catch (error) {
    if (asked > 0) return finished
    throw error
  }
  for (const line of console.summary(stack, progress.timings(), Date.now() - began)) progress.line(line)
  console.countNowAndThen(stack)
  return finished
}

/** Checked before the ports are, which the running stack has of course taken. */
function refuseIfHeld(dataDir: string): void {
  const fault = heldBy(dataDir)
  if (fault !== undefined) throw new Error(fault)
}

/** @returns false when the person said no */
async function wipe(dataDir: string, yes: boolean): Promise<boolean> {
  const foreign = foreignFile(dataDir)
  if (foreign !== undefined) {
    throw new Error(
      `${dataDir} holds "${foreign}" and no Shelfcast data, so --fresh does not touch it. Check --data.`,
    )
  }
  if (!yes) {
    if (!process.stdin.isTTY) throw new Error('--fresh asks first, and there is no terminal. Add --yes.')
    const terminal = createInterface({ input: process.stdin, output: process.stdout })
    const answer = await terminal.question(`Delete all data of Shelfcast in ${dataDir}? (yes/no) `)
    terminal.close()
    if (!/^y(es)?$/i.test(answer.trim())) {
      process.stdout.write('Nothing was deleted.\n')
      return false
    }
  }
  await endLeftovers(layout(dataDir).processes)
  // Only what a stack writes: the tools may lie in the same folder.
  for (const path of Object.values(layout(dataDir))) {
    // As root, the operational store may lie elsewhere.
    if (isElsewhere(path)) rmSync(readlinkSync(path), { recursive: true, force: true })
    rmSync(path, { recursive: true, force: true })
  }
  return true
}

try {
  const flags = readFlags()
  if (flags.help) process.stdout.write(`${HELP}\n`)
  process.exitCode = flags.help ? 0 : await up(flags)
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}
process.exit()
