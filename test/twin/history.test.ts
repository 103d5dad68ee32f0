/** A twin's past, from its first start to the warehouse, with a real object store. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HistoryManifest } from '@shelfcast/contracts/datasets/histories'
import { JUMPS } from '@shelfcast/contracts/datasets/jumps'
import { seriesFolder } from '@shelfcast/contracts/datasets/layout'
import { DAY_MS, dayOf, HOUR_MS } from '@shelfcast/contracts/dates'
import { createOutlook, type Outlook, outlookBegin } from '@shelfcast/datagen/director/outlook'
import { type Run, runNames } from '@shelfcast/datagen/director/run'
import { chooseHistory, historyFolder, readManifest } from '@shelfcast/datagen/history/manifest'
import { writeSales } from '@shelfcast/datagen/history/sales'
import { readStart, seedHistory } from '@shelfcast/datagen/history/seed'
import type { NewObject } from '@shelfcast/datagen/history/target'
import { Chain } from '@shelfcast/datagen/sim/chain'
import { createConditions } from '@shelfcast/datagen/sim/conditions'
import { type Stack, startStack } from '@shelfcast/platform/supervisor/supervise'
import { LakeEnvironment, readEnvironment } from '@shelfcast/runtime/environment'
import { createLake, type Lake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import { createWarehouse, type Warehouse } from '@shelfcast/warehouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { world as fixture } from '../datagen/world.ts'
import { loadDatasets } from '../ingest/datasets.ts'

let dataDir: string
let stack: Stack
let lake: Lake
let warehouse: Warehouse
let analyst: Warehouse

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'shelfcast-history-'))
  stack = await startStack({ dataDir, ports: 'free', parts: ['lake', 'warehouse'] })
  lake = createLake(readEnvironment(LakeEnvironment, stack.environment))
  await lake.client.makeBucket('raw')
  const server = { url: stack.addresses.warehouse!, application: 'test' }
  warehouse = createWarehouse({
    ...server,
    user: 'shelfcast',
    password: stack.secrets.warehouse_password,
  })
  analyst = createWarehouse({
    ...server,
    user: 'analyst',
    password: stack.secrets.analyst_password,
    work: 'analyst',
  })
})
afterAll(async () => {
  await Promise.all([warehouse?.close(), analyst?.close()])
  await stack?.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

const world = fixture()
const seed = 3
const until = dayOf('2026-03-31')
const runCalled = (id: string): Run => ({ id, short: 'TEST01' })
const seedIt = (run: Run, day = until, of = lake) =>
  seedHistory({ lake: of, world, seed, run, until: day, years: 1 })

const load = () => loadDatasets({ lake, warehouse })

async function ask(query: string): Promise<Record<string, unknown>[]> {
  return (await analyst.query({ query, format: 'JSONEachRow' })).json()
}
const counts = (dataset: string) =>
  ask(`
    select
      (select count() from sales_history where dataset = '${dataset}') as sales,
      (select sum(units) from sales_history where dataset = '${dataset}') as units,
      (select sum(skus) from history_days where dataset = '${dataset}') as counted,
      (select count() from calendar_daily final) as calendar,
      (select count() from weather_daily final) as weather,
      (select count() from prices_weekly final) as prices,
      (select count() from promotions_planned final) as promotions,
      (select count() from weather_forecasts final) as forecasts,
      (select count() from dataset_objects where kind = 'histories' and series = '${dataset}') as objects`)
const rowsOf = ({ objects }: HistoryManifest, table: string) =>
  objects.filter((object) => object.table === table).reduce((sum, { rows }) => sum + rows, 0)

test('a past is written once, and loaded once however often it is tried', async () => {
  const run = runCalled('once')
  const manifest = (await seedIt(run))!
  expect(manifest).toMatchObject({ dataset: 'once', from: '2025-04-01', to: '2026-03-31' })
  const rows = rowsOf(manifest, 'sales')
  await load()
  const first = await counts('once')
  expect(first).toMatchObject([
    {
      sales: rows,
      counted: rows,
      calendar: 365 + 400,
      weather: 365 * world.weather_zones.length,
      prices: rowsOf(manifest, 'prices'),
      promotions: rowsOf(manifest, 'promotions'),
      forecasts: 365 * 10 * world.weather_zones.length,
      objects: manifest.objects.length + 1,
    },
  ])

  // when it is loaded again, also by one who died before it could write the ledger
  await load()
  await warehouse.command({ query: 'truncate table dataset_objects' })
  await load()
  expect(await counts('once')).toEqual(first)

  // and when the twin is started on a later day
  expect(await seedIt(run, until + 10)).toEqual(manifest)
})

test('the warehouse says since when it knows of a week and of a day to come', async () => {
  const answer = await ask(`
    select
      (select countIf(announced_on != week - 42) from prices_weekly final) as prices_otherwise,
      (select countIf(announced_on != week - 42) from promotions_planned final) as promotions_otherwise,
      (select toString(max(announced_on)) from prices_weekly final) as prices_announced,
      (select max(announced_on) > '2026-02-28' and max(announced_on) <= '2026-03-30' from promotions_planned final) as promotions_announced,
      (select toString(max(date)) from weather_daily final) as weather,
      (select toString(max(issued_on)) from weather_forecasts final) as issued,
      (select arrayStringConcat(arraySort(groupUniqArray(toString(date - issued_on))), ' ') from weather_forecasts final) as leads,
      (select toString(max(date)) from calendar_daily final) as calendar`)
  expect(answer).toMatchObject([
    {
      prices_otherwise: 0,
      promotions_otherwise: 0,
      // The last Monday of the past; 31 March is a Tuesday.
      prices_announced: '2026-03-30',
      promotions_announced: 1,
      weather: '2026-03-31',
      issued: '2026-03-31',
      leads: '1 10 2 3 4 5 6 7 8 9',
      calendar: '2027-05-05',
    },
  ])
})

test('a past of before there were plans and forecasts is loaded as it is, and the outlook begins after it', async () => {
  const run = runCalled('of-old')
  const whole = (await seedIt(run))!
  const objects = whole.objects.filter(({ table }) => table !== 'promotions' && table !== 'forecasts')
  const name = `${historyFolder(run)}manifest.json`
  await lake.put('raw', name, Buffer.from(JSON.stringify({ ...whole, objects })))
  const manifest = (await readManifest(lake, run))!
  await load()
  expect(await counts('of-old')).toMatchObject([{ sales: rowsOf(manifest, 'sales') }])
  expect(outlookBegin(manifest)).toEqual({ since: until + 1 })
  expect(outlookBegin(whole)).toEqual({ lastDay: until })
})

test('the outlook of the live stream goes on where the past ends, also after a kill', async () => {
  const run = runCalled('outlook')
  const manifest = (await seedIt(run))!
  await load()
  const start = () =>
    createOutlook({
      lake,
      log: createLog('test', 'silent'),
      run,
      signal: new AbortController().signal,
      conditions: createConditions(world, seed),
      begin: outlookBegin(manifest),
    })
  const series = () =>
    ask(`
      select
        (select count() = max(date) - min(date) + 1 from weather_daily final) as weather,
        (select toString(max(date)) from weather_daily final) as until,
        (select count() = 10 * (max(issued_on) - min(issued_on) + 1) from weather_forecasts final) as forecasts,
        (select uniqExact(week) * 7 = max(week) - min(week) + 7 from prices_weekly final) as prices,
        (select toString(max(week)) from prices_weekly final) as week,
        (select countIf(announced_on > '2026-05-03') from promotions_planned) as too_early,
        (select count() from dataset_objects where kind = 'outlooks') as objects`)
  const reach = async (outlook: Outlook, day: string) => {
    outlook.reach(dayOf(day) * DAY_MS + HOUR_MS, [])
    await outlook.settled()
    await load()
  }
  const first = start()
  await reach(first, '2026-04-02')
  await reach(first, '2026-05-04')
  const objects = (await series())[0]!.objects
  expect(await series()).toMatchObject([
    { weather: 1, until: '2026-05-03', forecasts: 1, prices: 1, week: '2026-06-08', too_early: 0 },
  ])
  // when the ledger has forgotten it, as one does who died before writing it
  await warehouse.command({ query: 'truncate table dataset_objects' })
  await reach(start(), '2026-05-04')
  expect(await series()).toMatchObject([{ weather: 1, forecasts: 1, prices: 1, objects }])
})

test('a past that was interrupted begins anew, on the day of the new start', async () => {
  const run = runCalled('interrupted')
  const failing: Lake = {
    ...lake,
    put: () => Promise.reject(new Error('killed before the state of the stores was there')),
  }
  await expect(seedIt(run, until, failing)).rejects.toThrow('killed before')
  expect(await readManifest(lake, run)).toBeUndefined()
  expect(await readStart(lake, run)).toBeUndefined()
  const manifest = (await seedIt(run, until + 1))!
  expect(manifest.to).toBe('2026-04-01')
  const names: string[] = []
  for await (const { name } of lake.list('raw', historyFolder(run))) names.push(name)
  expect(names.filter((name) => name.endsWith('.parquet'))).toEqual(
    manifest.objects.map(({ name }) => `${historyFolder(run)}${name}`),
  )
})

test('the stores go on where the past ends', async () => {
  const run = runCalled('goes-on')
  await seedIt(run)
  const start = (await readStart(lake, run))!
  expect(start.day).toBe(until + 1)

  const conditions = createConditions(world, seed)
  const unbroken = new Chain({ conditions, from: dayOf('2025-04-01') })
  while (unbroken.day <= until) unbroken.nextDay(() => undefined)
  expect(start.states.map((state) => Buffer.from(state))).toEqual(
    unbroken.save().map((state) => Buffer.from(state)),
  )
})

test('a twin that lives already gets no past', async () => {
  const run = runCalled('lives')
  await lake.put('raw', runNames(run).place, Buffer.from('{}'))
  expect(await seedIt(run)).toBeUndefined()
  expect(await readStart(lake, run)).toBeUndefined()
})

test('sales by day are those of the past and then the live ones, and no day counts twice', async () => {
  const run = runCalled('seam')
  await seedIt(run)
  await load()
  await chooseHistory(lake, run)
  const { store_id } = world.stores[0]!
  const { sku } = world.products[0]!
  const line = (store: string, day: string, kind: string, quantity: number) => ({
    topic: 'sales-transactions',
    partition: 0,
    offset: 0,
    line_no: 1,
    produced_at: 0,
    basket_id: 'B',
    till_id: 1,
    cashier_id: 'C',
    customer_id: '',
    event_time: 0,
    payment: 'card',
    currency: 'EUR',
    unit: 'each',
    unit_price: 100,
    gross_amount: quantity * 100,
    discount: 0,
    promotion_id: '',
    scanned_at: 0,
    net_amount: quantity * 100,
    store_id: store,
    sku,
    kind,
    quantity,
    business_date: day,
  })
  // Days that the twin was made to jump over are a dataset of their own.
  const jumped: NewObject[] = []
  await writeSales({
    conditions: createConditions(world, seed),
    stores: [0, 1],
    span: { from: until + 3, to: until + 4 },
    put: async (object) => void jumped.push(object),
  })
  for (const [index, { body }] of jumped.entries())
    await lake.put('raw', `${seriesFolder(JUMPS.kind, 'twin', 'seam')}jump-${index}.parquet`, body)
  await load()
  await warehouse.insert({
    table: 'fact_sales',
    format: 'JSONEachRow',
    values: [
      // A live sale of a day that the past tells already, as a replay of old files might bring.
      line(store_id, '2026-03-31', 'sale', 1_000),
      line(store_id, '2026-04-01', 'sale', 5),
      line(store_id, '2026-04-01', 'sale', 2),
      line(store_id, '2026-04-01', 'return', -1),
      line(store_id, '2026-04-03', 'sale', 2_000),
      line('ELSEWHERE', '2011-11-11', 'sale', 3),
    ],
  })
  const past = await ask(
    `select count() as rows, sum(units) as units from sales_history where startsWith(dataset, 'seam')`,
  )
  expect(
    await ask(`select count() as rows, sum(units) as units from sales_daily where origin = 'history'`),
  ).toEqual(past)
  expect(
    await ask(
      `select store_id, business_date, units, returned, revenue, stock_out from sales_daily where origin = 'live' order by store_id desc`,
    ),
  ).toEqual(
    [
      {
        store_id: 'ELSEWHERE',
        business_date: '2011-11-11',
        units: 3,
        returned: 0,
        revenue: 300,
        stock_out: null,
      },
      { store_id, business_date: '2026-04-01', units: 7, returned: 1, revenue: 700, stock_out: null },
    ].sort((a, b) => (a.store_id < b.store_id ? 1 : -1)),
  )
})
