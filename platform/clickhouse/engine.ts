/** The embedded ClickHouse (chDB) of this process: one data directory, one connection for each query that runs. */
import './threads.ts'
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from '@shelfcast/runtime/log'
import { literal } from '@shelfcast/warehouse/quoting'
import { drainPending, Session } from 'chdb'
import pRetry from 'p-retry'
import { type LakeAccess, READER_ROLE, writeConfiguration } from './configuration.ts'
import { failureOf } from './failure.ts'
import { type FunctionRow, type Functions, functionsOf } from './rights/functions.ts'

/** An alias has no categories of its own. */
const FUNCTIONS_QUERY = `
  select names.name, names.is_aggregate, if(names.alias_to = '', names.categories, meant.categories), names.alias_to
  from system.functions as names
  left join system.functions as meant on meant.name = names.alias_to`

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
  functions: Functions
  connect(): Connection
  /** Works on a connection that has all rights, closed afterwards. */
  asService<T>(work: (connection: Connection) => Promise<T>): Promise<T>
  /** The same on a connection that may do nothing, on which statements of strangers are read. */
  asReader<T>(work: (connection: Connection) => Promise<T>): Promise<T>
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
  const asService = async <T>(work: (connection: Connection) => Promise<T>): Promise<T> => {
    const connection = connect()
    try {
      return await work(connection)
    } finally {
      connection.close()
    }
  }
  const text = (sql: string) =>
    asService(async (connection) => Buffer.from((await connection.run(sql)).bytes).toString('utf8'))

  const rows = async (sql: string) =>
    (await text(sql))
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'))
  const functions = (await rows(FUNCTIONS_QUERY)).map(
    ([name = '', isAggregate, categories = '', aliasTo = '']): FunctionRow => ({
      name,
      isAggregate: isAggregate === '1',
      categories,
      aliasTo,
    }),
  )
  const combinators = await rows('select name from system.aggregate_function_combinators')

  return {
    version: (await text('select version()')).trim(),
    functions: functionsOf(
      functions,
      combinators.map(([name = '']) => name),
    ),
    connect,
    asService,
    asReader: (work) =>
      asService(async (connection) => {
        await connection.run(`set role ${READER_ROLE};\nset readonly = 2`)
        return work(connection)
      }),
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

/** An engine that was killed after its disk was full may have left them (disk-room.ts); it does not open, nor say why. */
function refuseLostDefinitions(data: string): void {
  const lost = globSync('store/*/*/*.sql', { cwd: data }).find(
    (file) => statSync(join(data, file)).size === 0,
  )
  if (lost !== undefined)
    throw new Error(
      `Data directory ${data} holds a table without its definition: ${lost} is empty. Put the directory aside, start again, and fill the warehouse from the lake: npm run rebuild.`,
    )
}

async function openFirst(data: string, configuration: string, log: Logger): Promise<Session> {
  refuseLostDefinitions(data)
  const open = () => new Session(data, { connectionArgs: [`--config-file=${configuration}`] })
  try {
    return await pRetry(open, {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: LOCK_POLL_MS,
      factor: 1,
      maxRetryTime: LOCK_LIMIT_MS,
      onFailedAttempt: () => log.debug({ data }, 'data directory is locked; trying again'),
    })
  } catch (error) {
    throw new Error(
      `Data directory ${data} did not open for ${LOCK_LIMIT_MS / 1000} s. Another process has it open, or it is damaged: stop the other warehouse, or give WAREHOUSE_DATA_DIR another folder.`,
      { cause: error },
    )
  }
}
