import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encode } from './messages.ts'
import { openStore, type Store } from './store.ts'

let folder: string
let store: Store
const run = async (text: string) => (await store.execute(encode('Q', text))).toString('latin1')
const tableBytes = async () =>
  Number(/(\d+) bytes/.exec(await run("select pg_table_size('rows') || ' bytes'"))?.[1])
const segments = () =>
  readdirSync(join(folder, 'data', 'pg_wal')).filter((name) => /^[0-9A-F]{24}$/.test(name))

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shelfcast-store-'))
  store = await openStore(join(folder, 'data'))
}, 90_000)
afterAll(async () => {
  await store?.close()
  rmSync(folder, { recursive: true })
})

test('tidying up lets go of the log, and of the old versions of rows', async () => {
  await run('create table rows (id int primary key, text text)')
  await run("insert into rows select id, repeat('x', 500) from generate_series(1, 2000) as id")
  const rewrite = async () => {
    for (let round = 0; round < 60; round++) await run("update rows set text = text || ''")
  }
  await rewrite()
  const before = { log: segments().length, table: await tableBytes() }
  await store.tidy()
  await rewrite()
  await store.tidy()
  // 16 MB each: without a checkpoint there would be twice as many.
  expect(segments().length).toBeLessThan(before.log)
  expect(await tableBytes()).toBeLessThan(1.1 * before.table)
}, 60_000)
