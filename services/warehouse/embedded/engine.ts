/** The embedded ClickHouse (chDB) of this process: one data directory, one connection for each query that runs. */
import './threads.ts'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from '@shelfcast/runtime/log'
import { drainPending, Session } from 'chdb'
import { type LakeAccess, writeConfiguration } from './configuration.ts'
import { failureOf } from './failure.ts'
import { literal } from './lexer.ts'

/** A connection of its own: settings and temporary tables are seen in it alone. */
export interface Connection {
  /** Runs one or more statements and returns the bytes of the last result. Throws a Failure. */
  run(
    sql: string,
    format?: string,
  ): Promise<{ bytes: Uint8Array; rows: number; size: number; seconds: number }>
  close(): void
}

export interface Engine {
  version: string
  /** Names of all table functions, in lower case. */
  tableFunctions: ReadonlySet<string>
  connect(): Connection
  /** Names of all databases as they are now. */
  databases(): Promise<ReadonlySet<string>>
  /** Stops what runs under this query id. Returns when the engine knows of it, not when the query has ended. */
  kill(queryId: string): Promise<void>
  close(): Promise<void>
}

// The kernel frees the lock of a killed process once its threads are gone, which takes longer while it wrote much.
const LOCK_LIMIT_MS = 15_000
const LOCK_POLL_MS = 100

export async function openEngine(options: {
  folder: string
  lake: LakeAccess
  log: Logger
}): Promise<Engine> {
  const configuration = writeConfiguration(join(options.folder, 'configuration'), options.lake)
  const data = join(options.folder, 'data')
  // As long as it is open, the engine stays up while other connections come and go.
  const first = await openFirst(data, configuration, options.log)

  const connect = (): Connection => {
    const session = new Session(data)
    return {
      async run(sql, format = 'TabSeparated') {
        try {
          const result = await session.queryAsync(sql, { format })
          return {
            bytes: result.bytes(),
            rows: result.rowsRead,
            size: result.bytesRead,
            seconds: result.elapsed,
          }
        } catch (error) {
          throw failureOf(error)
        }
      },
      close: () => session.close(),
    }
  }
  const text = async (sql: string) => {
    const connection = connect()
    try {
      return Buffer.from((await connection.run(sql)).bytes).toString('utf8')
    } finally {
      connection.close()
    }
  }

  const names = async (sql: string) => new Set((await text(sql)).trim().split('\n'))

  return {
    version: (await text('select version()')).trim(),
    tableFunctions: await names('select lower(name) from system.table_functions'),
    connect,
    databases: () => names('select name from system.databases'),
    async kill(queryId) {
      await text(`kill query where ${sentAs(queryId)} async`)
    },
    async close() {
      await drainPending()
      first.close()
      await drainPending()
    },
  }
}

/** The condition on system.processes that finds a query by the id under which its client knows it. */
export function sentAs(queryId: string): string {
  return `Settings['log_comment'] = ${literal(queryId)}`
}

async function openFirst(data: string, configuration: string, log: Logger): Promise<Session> {
  const begin = Date.now()
  for (;;) {
    try {
      return new Session(data, { connectionArgs: [`--config-file=${configuration}`] })
    } catch (error) {
      if (Date.now() - begin > LOCK_LIMIT_MS)
        throw new Error(
          `Data directory ${data} did not open for ${LOCK_LIMIT_MS / 1000} s. Another process has it open, or it is damaged: stop the other warehouse, or give WAREHOUSE_DATA_DIR another folder.`,
          { cause: error },
        )
      log.debug({ data }, 'data directory is locked; trying again')
      await wait(LOCK_POLL_MS)
    }
  }
}
