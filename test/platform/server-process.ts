/** A server as a process of its own, for tests and benches: killed and started again on the same ports and data. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { machineEnvironment } from '@shelfcast/platform/machine/environment'

const START_LIMIT_MS = 60_000
const POLL_MS = 50

export interface ServerProcess {
  /** While it runs. */
  pid(): number | undefined
  /** Ends the process as a crash does, and returns when it has ended. */
  kill(): Promise<void>
  /** Starts it again on the same ports and data. */
  start(): Promise<void>
  /** Stops it cleanly and lets go of its data. @returns the exit code */
  stop(): Promise<number | null>
}

export interface ServerProgram {
  /** What it is, for errors. */
  title: string
  /** Arguments of Node. */
  args: readonly string[]
  /** Asked at each start. */
  environment(): NodeJS.ProcessEnv
  /** Where its /readyz is. */
  url: string
  /** Called when it has been stopped for good. */
  release(): void
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('The system gave no free port.')
  return address.port
}

/** Starts it and waits until it is ready. @throws with the end of what it said when it does not become ready */
export async function startServerProcess(program: ServerProgram): Promise<ServerProcess> {
  let child: ChildProcess | undefined
  let output = ''

  const start = async () => {
    const started = spawn(process.execPath, program.args, {
      env: { ...machineEnvironment(process.env), ...program.environment() },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = started
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-4_000)
      })
    const closed = once(started, 'close')
    const limit = Date.now() + START_LIMIT_MS
    while (!(await isReady(program.url))) {
      const hasEnded = started.exitCode !== null || started.signalCode !== null
      // Its last words may still be in the pipe.
      if (hasEnded) await closed
      if (hasEnded || Date.now() > limit)
        throw new Error(`${program.title} did not become ready at ${program.url}:\n${output}`)
      await wait(POLL_MS)
    }
  }
  const end = async (signal: NodeJS.Signals) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    child.kill(signal)
    await once(child, 'exit')
    return child.exitCode
  }
  const stop = async () => {
    const code = await end('SIGTERM')
    program.release()
    return code
  }

  try {
    await start()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    pid: () => child?.pid,
    async kill() {
      await end('SIGKILL')
    },
    start,
    stop,
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok
  } catch {
    return false
  }
}
