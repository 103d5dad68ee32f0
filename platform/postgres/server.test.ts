/** The operational store as our client sees it, and as psql does where it is installed. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createOperational, type Operational } from '@shelfcast/operational/client'
import { storeResponds } from '@shelfcast/operational/probe'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type StoreProcess, startStoreProcess } from '../../test/platform/postgres.ts'

let server: StoreProcess
let operational: Operational
let right: pg.ClientConfig
const clients: pg.Client[] = []

/** A connection of its own, outside of any pool. */
async function single(): Promise<pg.Client> {
  const client = new pg.Client(right)
  client.on('error', () => undefined)
  clients.push(client)
  await client.connect()
  return client
}

beforeAll(async () => {
  server = await startStoreProcess()
  operational = server.connect()
  const { port, password } = server
  right = { host: '127.0.0.1', port, password, user: 'shelfcast', database: 'shelfcast' }
  await operational.query('create table counters (name text primary key, value bigint not null)')
}, 90_000)
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end().catch(() => undefined)))
  await operational?.close()
  expect(await server?.stop(), 'exit code of a clean stop').toBe(0)
})

test('values have the types of our contracts', async () => {
  const rows = await operational.query(
    `select 9007199254740991::bigint as whole, 1.25::numeric as decimal, date '2026-02-28' as day,
      timestamptz '2026-02-28 23:30:00+00' as instant, $1::jsonb as json, null as nothing`,
    [JSON.stringify({ texts: ["it's", 'é'] })],
  )
  expect(rows).toEqual([
    {
      whole: 9007199254740991,
      decimal: 1.25,
      day: '2026-02-28',
      instant: '2026-02-28T23:30:00.000Z',
      json: { texts: ["it's", 'é'] },
      nothing: null,
    },
  ])
})

test('a wrong password, another user and another database are refused', async () => {
  const refusal = (config: pg.ClientConfig) => {
    const client = new pg.Client({ ...right, ...config })
    client.on('error', () => undefined)
    return expect(client.connect()).rejects
  }
  await refusal({ password: 'correct-house' }).toMatchObject({
    code: '28P01',
    message: 'password authentication failed for user "shelfcast"',
  })
  await refusal({ password: '' }).toThrow()
  // The superuser least of all, with whatever password.
  await refusal({ user: 'postgres' }).toMatchObject({ code: '28000' })
  await refusal({ database: 'postgres' }).toMatchObject({ code: '28000' })
  await refusal({ database: 'template1' }).toMatchObject({ code: '28000' })
  const stranger = createOperational({ url: server.url, password: 'guess', application: 'test' })
  await expect(stranger.query('select 1')).rejects.toThrow(
    /127\.0\.0\.1:\d+ does not take connections: password authentication failed/,
  )
  await stranger.close()
})

test('an error says what PostgreSQL says, and the connection goes on', async () => {
  const client = await single()
  for (const [text, values, code] of [
    ['select * from nowhere', [], '42P01'],
    ['select $1::int', ['x'], '22P02'],
    ['selekt', undefined, '42601'],
  ] as const) {
    await expect(client.query(text, values && [...values])).rejects.toMatchObject({ code })
    expect((await client.query('select $1::int as x', [7])).rows).toEqual([{ x: 7 }])
  }
})

test('of many who read and write the same row in transactions, none overwrites another', async () => {
  await operational.query("insert into counters values ('turns', 0)")
  const others = await Promise.all([single(), single(), single()])
  // given many who read, think and write in transactions
  await Promise.all(
    others.map(async (client) => {
      for (let round = 0; round < 20; round++) {
        await client.query('begin')
        const { rows } = await client.query("select value from counters where name = 'turns' for update")
        await new Promise((resolve) => setImmediate(resolve))
        await client.query("update counters set value = $1 where name = 'turns'", [Number(rows[0].value) + 1])
        await client.query('commit')
      }
    }),
  )
  // then none has overwritten another
  expect(await operational.query("select value from counters where name = 'turns'")).toEqual([{ value: 60 }])
})

test('a client that goes within a transaction leaves nothing of it, and holds up nobody', async () => {
  const leaver = await single()
  await leaver.query('begin')
  await leaver.query("insert into counters values ('left', 1)")
  const waiting = operational.query("select count(*) as rows from counters where name = 'left'")
  ;(leaver as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
  expect(await waiting).toEqual([{ rows: 0 }])
})

test('an answer of many megabytes arrives whole', async () => {
  const rows = await operational.query('select repeat($1, 1000) as text from generate_series(1, 8000)', ['x'])
  expect(rows).toHaveLength(8000)
  expect(rows.every(({ text }) => (text as string).length === 1000)).toBe(true)
})

/** What is asked on a connection that is broken and not seen to be yet fails: nobody knows whether it was done. */
async function untilConnected<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!/terminated|ECONNRESET/.test((error as Error).message)) throw error
    return untilConnected(ask)
  }
}

test('what was committed outlives a kill, and the client finds the store again', async () => {
  await operational.query("insert into counters values ('kept', 1)")
  // given a connection that is in the pool when the store is killed
  await server.kill()
  const start = server.start()
  // when it is asked while it starts
  const answer = untilConnected(() => operational.query("select value from counters where name = 'kept'"))
  // then it waits, and is answered
  expect(await answer).toEqual([{ value: 1 }])
  await start
}, 60_000)

test('a server that does not answer is told from one that refuses', async () => {
  expect(await storeResponds(server, 5_000)).toBe(true)
  expect(await storeResponds({ url: server.url, password: 'guess' }, 5_000)).toBe(true)
  // given a port that is open, and nobody behind it who answers
  process.kill(server.pid, 'SIGSTOP')
  expect(await storeResponds(server, 300)).toBe(false)
  process.kill(server.pid, 'SIGCONT')
  expect(await storeResponds(server, 5_000)).toBe(true)
})

const noPsql = spawnSync('psql', ['--version']).status !== 0
if (noPsql) console.warn('SKIPPED: psql is not on PATH; install the PostgreSQL client to try it too.')

test.skipIf(noPsql)('psql talks to it unchanged', () => {
  const out = execFileSync('psql', [server.url, '-At', '-c', '\\dt', '-c', 'select 6 * 7'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, PGPASSWORD: server.password },
  })
  expect(out).toContain('counters')
  expect(out.trim().split('\n').at(-1)).toBe('42')
})
