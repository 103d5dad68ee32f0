/** The embedded operational store as a process of its own, for tests: free ports, temporary data, nothing left behind. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createOperational, type Operational } from '../client.ts'
import { FLAGS } from './flags.ts'

const ENTRY = fileURLToPath(new URL('../server.ts', import.meta.url))
const START_LIMIT_MS = 60_000
const POLL_MS = 50

export interface StoreProcess {
  url: string
  password: string
  port: number
  health: string
  /** A client that the caller closes. */
  connect(): Operational
  /** Ends the process as a crash does, and returns when it has ended. */
  kill(): Promise<void>
  /** Starts it again on the same ports and data. */
  start(): Promise<void>
  /** Stops it cleanly and removes its data. @returns the exit code */
  stop(): Promise<number | null>
}

/** @param extra environment variables beside the required ones */
export async function startStoreProcess(extra: Record<string, string> = {}): Promise<StoreProcess> {
  const [port, healthPort] = await Promise.all([freePort(), freePort()])
  const health = `http://127.0.0.1:${healthPort}`
  const url = `postgres://shelfcast@127.0.0.1:${port}/shelfcast`
  const password = 'correct-horse'
  const folder = mkdtempSync(join(tmpdir(), 'shelfcast-operational-'))
  let child: ChildProcess | undefined
  let output = ''

  const start = async () => {
    const started = spawn(process.execPath, [...FLAGS, ENTRY], {
      env: {
        PATH: process.env.PATH,
        OPERATIONAL_PORT: String(port),
        OPERATIONAL_HEALTH_PORT: String(healthPort),
        OPERATIONAL_DATA_DIR: join(folder, 'operational'),
        OPERATIONAL_PASSWORD: password,
        ...extra,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = started
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-4_000)
      })
    const limit = Date.now() + START_LIMIT_MS
    while (!(await isReady(health))) {
      if (started.exitCode !== null || started.signalCode !== null || Date.now() > limit)
        throw new Error(`The operational store did not become ready at ${health}:\n${output}`)
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
    rmSync(folder, { recursive: true, force: true })
    return code
  }

  try {
    await start()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url,
    password,
    port,
    health,
    connect: () => createOperational({ url, password, application: 'test' }),
    async kill() {
      await end('SIGKILL')
    },
    start,
    stop,
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('The system gave no free port.')
  return address.port
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok
  } catch {
    return false
  }
}
