/** The embedded operational store as a process of its own, for tests: free ports, temporary data, nothing left behind. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, type ServerProcess, startServerProcess } from '@shelfcast/runtime/server-process'
import { createOperational, type Operational } from '../client.ts'
import { FLAGS } from './flags.ts'

const ENTRY = fileURLToPath(new URL('../server.ts', import.meta.url))

export interface StoreProcess extends ServerProcess {
  url: string
  password: string
  port: number
  health: string
  /** A client that the caller closes. */
  connect(): Operational
}

/** @param extra environment variables beside the required ones */
export async function startStoreProcess(extra: Record<string, string> = {}): Promise<StoreProcess> {
  const [port, healthPort] = await Promise.all([freePort(), freePort()])
  const health = `http://127.0.0.1:${healthPort}`
  const url = `postgres://shelfcast@127.0.0.1:${port}/shelfcast`
  const password = 'correct-horse'
  const folder = mkdtempSync(join(tmpdir(), 'shelfcast-operational-'))
  const server = await startServerProcess({
    title: 'The operational store',
    args: [...FLAGS, ENTRY],
    environment: {
      OPERATIONAL_PORT: String(port),
      OPERATIONAL_HEALTH_PORT: String(healthPort),
      OPERATIONAL_DATA_DIR: join(folder, 'operational'),
      OPERATIONAL_PASSWORD: password,
      ...extra,
    },
    url: health,
    release: () => rmSync(folder, { recursive: true, force: true }),
  })
  return {
    url,
    password,
    port,
    health,
    connect: () => createOperational({ url, password, application: 'test' }),
    ...server,
  }
}
