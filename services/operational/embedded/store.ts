/** PGlite on a folder: PostgreSQL in this process, with one session that all connections share. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { encode, endsIdle } from './messages.ts'

export const DATABASE = 'shelfcast'

/** 128 MB of shared buffers are for servers: all that is kept here is a few MB. */
const SETTINGS = { shared_buffers: '8MB', wal_buffers: '1MB', min_wal_size: '32MB', max_wal_size: '64MB' }
const CREATE = fileURLToPath(new URL('create.ts', import.meta.url))
/** Settings that drivers want to know at the start of a connection. */
const TOLD = [
  'server_version',
  'server_encoding',
  'client_encoding',
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'integer_datetimes',
  'standard_conforming_strings',
]

export interface Store {
  /** What a client is told at its start. */
  readonly settings: ReadonlyMap<string, string>
  /** Messages of a client up to one that is answered. @returns the answer */
  execute(messages: Uint8Array): Promise<Buffer>
  /**
   * What a server does by itself and PGlite does not: without it the write-ahead log grows until the next stop, and a
   * row that is updated often leaves its old versions behind.
   */
  tidy(): Promise<void>
  close(): Promise<void>
}

export async function openStore(folder: string): Promise<Store> {
  if (!existsSync(join(folder, 'PG_VERSION'))) await createData(folder)
  const db = await openDatabase(folder, DATABASE)
  const { rows } = await db.query<{ name: string; setting: string }>(
    'select name, setting from pg_settings where name = any($1)',
    [TOLD],
  )

  const execute = async (messages: Uint8Array) => {
    const chunks: Buffer[] = []
    // The bytes are PGlite's own memory, so they are copied. Its other calls parse and keep each answer.
    await db.execProtocolRawStream(messages, { onRawData: (bytes) => void chunks.push(Buffer.from(bytes)) })
    return Buffer.concat(chunks)
  }
  return {
    settings: new Map(rows.map(({ name, setting }) => [name, setting])),
    execute,
    async tidy() {
      for (const statement of ['vacuum (analyze)', 'checkpoint']) {
        const answer = await execute(encode('Q', statement))
        if (endsIdle(answer) === undefined || answer[0] === 0x45)
          throw new Error(`"${statement}" failed: ${answer.toString('latin1').replaceAll('\0', ' ')}`)
      }
    },
    close: () => db.close(),
  }
}

export function openDatabase(folder: string, database: string): Promise<PGlite> {
  return PGlite.create(folder, {
    database,
    startParams: [
      ...PGlite.defaultStartParams,
      ...Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
  })
}

/**
 * Making a database takes 700 MB for two seconds, which a process keeps for long: another one does it. It does so beside
 * the folder, so that a kill leaves no half of one.
 */
async function createData(folder: string): Promise<void> {
  const fresh = `${folder}.new`
  rmSync(fresh, { recursive: true, force: true })
  const child = spawn(process.execPath, [...process.execArgv, CREATE, fresh], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-2_000)
  })
  const [code, signal] = await once(child, 'close')
  if (code !== 0) throw new Error(`No database could be made in ${folder} (${signal ?? code}): ${said}`)
  rmSync(folder, { recursive: true, force: true })
  renameSync(fresh, folder)
}
