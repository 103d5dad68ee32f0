/** A disk that is full to the last byte, while tables are created and views refresh. */
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { askServer, startServer, type WarehouseProcess } from '../../test/platform/clickhouse.ts'
import { mountSmallDisk, type SmallDisk } from '../../test/platform/small-disk.ts'
import { DISK_KEPT_FREE } from './configuration.ts'

const NEARLY_FULL_KIB = DISK_KEPT_FREE / 1_024 / 2
const PATIENCE = { timeout: 30_000, interval: 100 }

const folder = mkdtempSync(join(tmpdir(), 'shelfcast-disk-'))
const data = join(folder, 'disk')
const disk: SmallDisk | undefined = mountSmallDisk(data)
if (!disk)
  console.warn('SKIPPED: no disk will be full. File systems may not be mounted here: run as root on Linux.')

let server: WarehouseProcess

const ask = (query: string) => askServer(server, 'shelfcast', query)
const number = async (query: string) => Number((await ask(query)).text)
const refreshes = () =>
  number("select toUnixTimestamp(last_refresh_time) from system.view_refreshes where view = 'overview'")
const emptyDefinitions = () =>
  readdirSync(data, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.sql') && statSync(join(data, name)).size === 0,
  )

beforeAll(async () => {
  if (!disk) return
  server = await startServer({ WAREHOUSE_DATA_DIR: data })
  for (const query of [
    'create database shelfcast',
    'create table shelfcast.rows (id Int64) engine = MergeTree order by id',
    'insert into shelfcast.rows select number from numbers(10)',
    `create materialized view shelfcast.overview refresh every 1 second engine = MergeTree order by id
       as select id from shelfcast.rows`,
  ])
    expect(await ask(query)).toMatchObject({ code: 0 })
}, 60_000)

afterAll(async () => {
  await server?.stop()
  disk?.unmount()
  rmSync(folder, { recursive: true, force: true })
})

test.skipIf(!disk)(
  'no definition is written where there is no room for it, and the warehouse opens again',
  async () => {
    await vi.waitFor(async () => expect(await refreshes()).toBeGreaterThan(0), PATIENCE)
    disk!.fill(NEARLY_FULL_KIB)
    const state = () => ask("select status from system.view_refreshes where view = 'overview'")
    await vi.waitFor(async () => expect((await state()).text).toBe('Disabled\n'), PATIENCE)
    disk!.fill(0)

    for (const query of [
      'create table shelfcast.more (id Int64) engine = MergeTree order by id',
      'alter table shelfcast.rows add column name String',
      'rename table shelfcast.rows to shelfcast.lines',
      'delete from shelfcast.rows where id = 1',
    ])
      expect(await ask(query)).toMatchObject({
        code: 243,
        text: expect.stringMatching(/less than 256 MiB left.* Free some.*\(NOT_ENOUGH_SPACE\)/),
      })
    expect(await number('select count() from shelfcast.rows')).toBe(10)
    expect(emptyDefinitions()).toEqual([])

    await server.kill()
    await server.start()
    expect(await number('select count() from shelfcast.rows')).toBe(10)

    const before = await refreshes()
    disk!.free()
    await vi.waitFor(async () => expect(await refreshes()).toBeGreaterThan(before), PATIENCE)
    expect(await ask('alter table shelfcast.rows add column name String')).toMatchObject({ code: 0 })
  },
  120_000,
)

test('a warehouse that lost a definition says so at once, with what to do', async () => {
  const own = mkdtempSync(join(folder, 'damaged-'))
  const damaged = await startServer({ WAREHOUSE_DATA_DIR: own })
  try {
    for (const query of [
      'create database shelfcast',
      'create table shelfcast.rows (id Int64) engine = MergeTree order by id',
    ])
      expect(await askServer(damaged, 'shelfcast', query)).toMatchObject({ code: 0 })
    await damaged.kill()
    const definition = readdirSync(own, { recursive: true, encoding: 'utf8' }).find((name) =>
      /store.*rows\.sql$/.test(name),
    )
    truncateSync(join(own, definition!))
    await expect(damaged.start()).rejects.toThrow(
      /holds a table without its definition: store\S+rows\.sql is empty\. Put the directory aside.*npm run rebuild/s,
    )
  } finally {
    await damaged.stop()
  }
}, 60_000)
