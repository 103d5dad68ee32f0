/** The operational store as a process of its own, for tests: a free port, temporary data, nothing left behind. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createOperational, type Operational } from '@shelfcast/operational/client'
import { askStore } from '@shelfcast/operational/probe'
import { openCluster, STOP_SIGNAL } from '@shelfcast/platform/postgres/cluster'
import { freePort } from './server-process.ts'

const START_LIMIT_MS = 60_000
const PROBE_LIMIT_MS = 2_000
const POLL_MS = 20

export interface StoreProcess {
  url: string
  password: string
  port: number
  /** Data folder of the server. */
  data: string
  /** Process id of the server's first process. */
  readonly pid: number
  /** A client that the caller closes. */
  connect(): Operational
  /** Ends all of the server as a crash does, and returns when its first process has ended. */
  kill(): Promise<void>
  /** Starts it again on the same port and data. */
  start(): Promise<void>
  /** Stops it cleanly and removes its data. @returns the exit code */
  stop(): Promise<number | null>
}

export async function startStoreProcess(): Promise<StoreProcess> {
  const binaries = process.env.SHELFCAST_TEST_POSTGRES
  if (!binaries)
    throw new Error('SHELFCAST_TEST_POSTGRES names no folder with PostgreSQL. Run the tests with npm test.')
  const port = await freePort()
  const password = 'correct-horse'
  const access = { url: `postgres://shelfcast@127.0.0.1:${port}/shelfcast`, password }
  const folder = mkdtempSync(join(tmpdir(), 'shelfcast-operational-'))
  // Where we are root, the server is another user, who has to get to its own folder within.
  chmodSync(folder, 0o711)
  const cluster = openCluster({ folder: join(folder, 'operational'), binaries, port, password })
  let child: ChildProcess | undefined
  let output = ''

  const isUp = () => child !== undefined && child.exitCode === null && child.signalCode === null

  async function start() {
    await cluster.prepare()
    const started = spawn(cluster.command, cluster.args, {
      env: cluster.environment,
      ...cluster.account,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = started
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-4_000)
      })
    const limit = Date.now() + START_LIMIT_MS
    for (;;) {
      try {
        return await askStore(access, PROBE_LIMIT_MS)
      } catch (error) {
        if (!isUp() || Date.now() > limit)
          throw new Error(`The operational store did not become ready (${error}):\n${output}`)
        await wait(POLL_MS)
      }
    }
  }
  async function end(signal: NodeJS.Signals) {
    if (!child || !isUp()) return child?.exitCode ?? null
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
    cluster.sweep()
    return child.exitCode
  }
  async function stop() {
    const code = await end(STOP_SIGNAL)
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
    ...access,
    port,
    data: cluster.data,
    get pid() {
      return child!.pid!
    },
    connect: () => createOperational({ ...access, application: 'test' }),
    async kill() {
      await end('SIGKILL')
    },
    start,
    stop,
  }
}
