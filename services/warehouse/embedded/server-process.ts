/** The embedded warehouse as a process of its own, for tests: free port, temporary data, nothing left behind. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const ENTRY = fileURLToPath(new URL('../server.ts', import.meta.url))
const START_LIMIT_MS = 30_000
const POLL_MS = 50

export interface ServerProcess {
  url: string
  host: string
  port: number
  /** Password of the service user `shelfcast`, and of `analyst`. */
  password: string
  /** Ends the process as a crash does, and returns when it has ended. */
  kill(): Promise<void>
  /** Starts it again on the same port and data. */
  start(): Promise<void>
  /** Stops it cleanly and removes its data. @returns the exit code */
  stop(): Promise<number | null>
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('The system gave no free port.')
  return address.port
}

/** @param extra environment variables beside the required ones */
export async function startServer(extra: Record<string, string> = {}): Promise<ServerProcess> {
  const host = '127.0.0.1'
  const port = await freePort()
  const url = `http://${host}:${port}`
  const password = 'correct-horse'
  const folder = mkdtempSync(join(tmpdir(), 'shelfcast-warehouse-'))
  let child: ChildProcess | undefined
  let output = ''

  const start = async () => {
    const started = spawn(process.execPath, [ENTRY], {
      env: {
        PATH: process.env.PATH,
        LOG_LEVEL: 'info',
        WAREHOUSE_PORT: String(port),
        WAREHOUSE_DATA_DIR: join(folder, 'warehouse'),
        WAREHOUSE_ANALYST_PASSWORD: password,
        CLICKHOUSE_PASSWORD: password,
        S3_ACCESS_KEY: 'lake-key',
        S3_SECRET_KEY: 'lake-secret',
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
    while (!(await isReady(url))) {
      if (started.exitCode !== null || started.signalCode !== null || Date.now() > limit)
        throw new Error(`The warehouse did not become ready at ${url}:\n${output}`)
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
    host,
    port,
    password,
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
