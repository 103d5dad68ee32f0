/** The embedded warehouse as a process of its own, for tests: free port, temporary data, nothing left behind. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, type ServerProcess, startServerProcess } from './server-process.ts'

const ENTRY = fileURLToPath(new URL('../../platform/clickhouse/server.ts', import.meta.url))

export interface WarehouseProcess extends ServerProcess {
  url: string
  host: string
  port: number
  /** Password of the service user `shelfcast`, and of `analyst`. */
  password: string
}

/** @param extra environment variables beside the required ones */
export async function startServer(extra: Record<string, string> = {}): Promise<WarehouseProcess> {
  const host = '127.0.0.1'
  const port = await freePort()
  const url = `http://${host}:${port}`
  const password = 'correct-horse'
  const folder = mkdtempSync(join(tmpdir(), 'shelfcast-warehouse-'))
  const server = await startServerProcess({
    title: 'The warehouse',
    args: [ENTRY],
    environment: () => ({
      LOG_LEVEL: 'info',
      WAREHOUSE_PORT: String(port),
      WAREHOUSE_DATA_DIR: join(folder, 'warehouse'),
      WAREHOUSE_ANALYST_PASSWORD: password,
      CLICKHOUSE_PASSWORD: password,
      S3_ACCESS_KEY: 'lake-key',
      S3_SECRET_KEY: 'lake-secret',
      ...extra,
    }),
    url,
    release: () => rmSync(folder, { recursive: true, force: true }),
  })
  return { url, host, port, password, ...server }
}

/** Asks as a user of the test server. @returns the error code, 0 for none, beside what was answered */
export async function askServer(
  { url, password }: WarehouseProcess,
  user: string,
  query: string | Uint8Array<ArrayBuffer>,
  options: { url?: Record<string, string>; headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<{ status: number; code: number; text: string }> {
  const response = await fetch(`${url}/?${new URLSearchParams(options.url)}`, {
    method: 'POST',
    body: query,
    headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password, ...options.headers },
    ...(options.signal ? { signal: options.signal } : {}),
  })
  const code = Number(response.headers.get('x-clickhouse-exception-code') ?? 0)
  return { status: response.status, code, text: await response.text() }
}
