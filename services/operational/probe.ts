/** Whether the store answers a query, asked on a connection of its own. */
import pg from 'pg'
import { addressOf } from './client.ts'

export interface StoreAccess {
  url: string
  password: string
}

/** @throws what is wrong, when it does not answer `select 1` within the limit */
export async function askStore({ url, password }: StoreAccess, limitMs: number): Promise<void> {
  const client = new pg.Client({
    ...addressOf(new URL(url)),
    password,
    application_name: 'probe',
    connectionTimeoutMillis: limitMs,
    query_timeout: limitMs,
  })
  // What it says after we gave up on it.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('select 1')
  } finally {
    // Not awaited: a server that hangs does not say goodbye either.
    void client.end().catch(() => undefined)
  }
}

/** True when it answers, also when it answers that it is not ready: a server that recovers is not to be killed. */
export async function storeResponds(access: StoreAccess, limitMs: number): Promise<boolean> {
  try {
    await askStore(access, limitMs)
    return true
  } catch (error) {
    return error instanceof pg.DatabaseError
  }
}
