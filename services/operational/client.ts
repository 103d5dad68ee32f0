/** The one way in which our processes talk to the operational store. */
import { setImmediate as immediate } from 'node:timers/promises'
import pRetry from 'p-retry'
import pg from 'pg'

/** Of one process. Whoever needs more waits. */
const CONNECTIONS = 4
const CONNECT_LIMIT_MS = 5_000
/** A restart of the store takes about a second; a container's some more. */
const PATIENCE_MS = 15_000
const RETRY_EVERY_MS = 200

export type Row = Record<string, unknown>

/** Runs statements; inside of a transaction, in that. */
export interface Queries {
  /** @returns the rows; whole numbers and decimals as numbers, times as ISO texts, dates as YYYY-MM-DD */
  query<T extends Row>(text: string, values?: readonly unknown[]): Promise<T[]>
}

export interface Operational extends Queries {
  /** What `work` does happens as a whole or not at all. */
  transaction<T>(work: (inside: Queries) => Promise<T>): Promise<T>
  /** @throws at once when the store does not answer */
  ping(): Promise<void>
  close(): Promise<void>
}

/**
 * A client with connections of its own; close() it on stop.
 * It does not connect until it is used. While the store is away it tries for a while to connect; a statement that was
 * under way when the store went fails, because nobody knows whether it was done.
 *
 * @param options.application name of the part, as in components.json: shown in the store's list of sessions
 */
export function createOperational(options: {
  url: string
  password: string
  application: string
  patienceMs?: number
}): Operational {
  const url = new URL(options.url)
  const patienceMs = options.patienceMs ?? PATIENCE_MS
  const pool = new pg.Pool({
    ...addressOf(url),
    password: options.password,
    application_name: options.application,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    types: { getTypeParser },
  })
  // Of connections that nobody uses: the next one that is asked for is a new one.
  pool.on('error', () => undefined)
  // What a killed server still says on a connection that was just given back broken would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined))

  async function connect(patience = patienceMs): Promise<pg.PoolClient> {
    try {
      return await pRetry(async () => living(await pool.connect()), {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: RETRY_EVERY_MS,
        factor: 1,
        maxRetryTime: patience,
        shouldRetry: ({ error }) => isAway(error),
      })
    } catch (error) {
      throw refusalOf(error)
    }
  }

  /** @throws when the connection broke while nobody used it, which is heard of only now */
  async function living(client: pg.PoolClient): Promise<pg.PoolClient> {
    let fault: Error | undefined
    const note = (error: Error) => {
      fault = error
    }
    client.on('error', note)
    // After the second one, all that the system knew of the socket has been told.
    await immediate()
    await immediate()
    client.off('error', note)
    if (!fault) return client
    client.release(fault)
    throw fault
  }

  function refusalOf(error: unknown): Error {
    const reason = error instanceof Error ? error.message || codeOf(error) : String(error)
    return new Error(`The operational store at ${url.host} does not take connections: ${reason}.`, {
      cause: error,
    })
  }

  async function using<T>(client: pg.PoolClient, work: () => Promise<T>): Promise<T> {
    let fault: Error | undefined
    const note = (error: Error) => {
      fault = error
    }
    client.on('error', note)
    try {
      return await work()
    } finally {
      client.off('error', note)
      client.release(fault)
    }
  }

  const queriesOf = (client: pg.PoolClient): Queries => ({
    query: async <T extends Row>(text: string, values?: readonly unknown[]) =>
      (await client.query<T>(text, values && [...values])).rows,
  })

  return {
    async query(text, values) {
      const client = await connect()
      return using(client, () => queriesOf(client).query(text, values))
    },
    async transaction(work) {
      const client = await connect()
      return using(client, async () => {
        const inside = queriesOf(client)
        await inside.query('begin')
        try {
          const result = await work(inside)
          await inside.query('commit')
          return result
        } catch (error) {
          // Where the connection is gone, so is the transaction.
          await inside.query('rollback').catch(() => undefined)
          throw error
        }
      })
    },
    async ping() {
      const client = await connect(0)
      await using(client, () => client.query('select 1'))
    },
    close: () => pool.end(),
  }
}

/** What a URL says about where and as whom to sign in. */
export function addressOf(url: URL) {
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    database: decodeURIComponent(url.pathname.slice(1)),
  }
}

/** Values as our contracts have them: JSON knows neither big integers nor dates. */
function getTypeParser(oid: number, format?: 'text' | 'binary') {
  const { builtins } = pg.types
  switch (oid) {
    case builtins.INT8:
    case builtins.NUMERIC:
      return Number
    case builtins.DATE:
      return String
    case builtins.TIMESTAMPTZ:
      return (text: string) => new Date(text).toISOString()
    default:
      return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text')
  }
}

const AWAY = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  // Starting, or stopping.
  '57P03',
  '57P01',
  // One of its processes died, and it begins anew.
  '57P02',
]

function isAway(error: unknown): boolean {
  return (
    AWAY.includes(codeOf(error)) ||
    (error instanceof Error && error.message.startsWith('Connection terminated'))
  )
}

/** SQLSTATE, or the code of the system. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** The one row of a statement that has one. */
export function one<T>(rows: readonly T[]): T {
  const [row] = rows
  if (row === undefined) throw new Error('A statement that gives a row gave none.')
  return row
}
