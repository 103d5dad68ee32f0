/** The embedded server as node-postgres sees it, and as psql does where it is installed. */
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createOperational, type Operational } from './client.ts'
import { type StoreProcess, startStoreProcess } from './embedded/server-process.ts'

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
  server = await startStoreProcess({ OPERATIONAL_IDLE_LIMIT_MS: '1000' })
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

test('a wrong password, another user and another database are refused as PostgreSQL refuses them', async () => {
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
  await refusal({ user: 'postgres' }).toMatchObject({ code: '28P01' })
  await refusal({ database: 'postgres' }).toMatchObject({ code: '3D000' })
  const stranger = createOperational({ url: server.url, password: 'guess', application: 'test' })
  await expect(stranger.query('select 1')).rejects.toThrow(
    /127\.0\.0\.1:\d+ does not take connections: password authentication failed/,
  )
  await stranger.close()
})

test('what is no client of PostgreSQL, or asks before it has signed in, gets an error and nothing else', async () => {
  for (const said of [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    // A startup packet, and a query instead of the password.
    Buffer.concat([
      Buffer.from('0000002b00030000', 'hex'),
      Buffer.from('user\0shelfcast\0database\0shelfcast\0\0'),
      Buffer.from('5100000009', 'hex'),
      Buffer.from('foo;\0'),
    ]),
  ]) {
    const socket = connect(server.port, '127.0.0.1').on('error', () => undefined)
    await once(socket, 'connect')
    socket.write(said)
    const heard: Buffer[] = []
    socket.on('data', (chunk) => heard.push(chunk))
    await once(socket, 'close')
    const text = Buffer.concat(heard).toString('latin1')
    expect(text).toMatch(/FATAL/)
    expect(text).not.toMatch(/server_version/)
  }
  expect(await operational.query('select 1 as one')).toEqual([{ one: 1 }])
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

test('statements of a transaction are nobody else between, and those of others wait in turn', async () => {
  await operational.query("insert into counters values ('turns', 0)")
  const others = await Promise.all([single(), single(), single()])
  // given many who read, think and write in transactions
  await Promise.all(
    others.map(async (client) => {
      for (let round = 0; round < 20; round++) {
        await client.query('begin')
        const { rows } = await client.query("select value from counters where name = 'turns'")
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

test('a transaction that stands still is ended, and is told why', async () => {
  const sleeper = await single()
  const told = once(sleeper, 'error') as Promise<[{ code: string }]>
  await sleeper.query('begin')
  await sleeper.query("insert into counters values ('asleep', 1)")
  const waiting = operational.query("select count(*) as rows from counters where name = 'asleep'")
  expect((await told)[0].code).toBe('25P03')
  expect(await waiting).toEqual([{ rows: 0 }])
})

test('connections keep prepared statements of the same name apart, and take them along', async () => {
  const [first, second] = await Promise.all([single(), single()])
  const ask = async (client: pg.Client, text: string) =>
    (await client.query({ name: 'S_1', text, values: [2] })).rows[0].x
  expect(await ask(first, 'select $1::int + 1 as x')).toBe(3)
  expect(await ask(second, 'select $1::int * 10 as x')).toBe(20)
  expect(await ask(first, 'select $1::int + 1 as x')).toBe(3)
  await Promise.all([first.end(), second.end()])
  await expect
    .poll(() => operational.query('select count(*) as left from pg_prepared_statements'))
    .toEqual([{ left: 0 }])
})

test('an answer of many megabytes arrives whole', async () => {
  const rows = await operational.query('select repeat($1, 1000) as text from generate_series(1, 8000)', ['x'])
  expect(rows).toHaveLength(8000)
  expect(rows.every(({ text }) => (text as string).length === 1000)).toBe(true)
})

test('what was committed outlives a kill, and the client finds the store again', async () => {
  await operational.query("insert into counters values ('kept', 1)")
  // given a connection that is in the pool when the store is killed
  await server.kill()
  const started = server.start()
  // when it is asked while it starts
  const asked = operational.query("select value from counters where name = 'kept'")
  // then it waits, and is answered
  expect(await asked).toEqual([{ value: 1 }])
  await started
}, 60_000)

test('a second process on the same port ends before it touches any data', async () => {
  await expect(startStoreProcess({ OPERATIONAL_PORT: String(server.port) })).rejects.toThrow(/EADDRINUSE/)
})

test('health, readiness and metrics are on a port of their own', async () => {
  expect((await fetch(`${server.health}/healthz`)).status).toBe(200)
  const metrics = await (await fetch(`${server.health}/metrics`)).text()
  expect(metrics).toMatch(/^operational_connections \d+$/m)
  expect(Number(/^operational_query_seconds_count (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0)
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
