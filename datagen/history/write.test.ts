/** A history in a folder, read back by a reader that did not write it. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import type { HistoryManifest } from '@shelfcast/contracts/datasets/histories'
import { HISTORY_COLUMNS } from '@shelfcast/contracts/datasets/history-tables'
import { Product } from '@shelfcast/contracts/datasets/products'
import { Store } from '@shelfcast/contracts/datasets/stores'
import { Supplier } from '@shelfcast/contracts/datasets/suppliers'
import { dateOf, dayOf, mondayOf, utcDate } from '@shelfcast/contracts/dates'
import { parquetReadObjects } from 'hyparquet'
import { Value } from 'typebox/value'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { world as fixture, store } from '../../test/datagen/world.ts'
import { Chain } from '../sim/chain.ts'
import { createConditions } from '../sim/conditions.ts'
import { createWeatherForecasts } from '../sim/weather-forecast.ts'
import type { World } from '../world/world.ts'
import { writeSales } from './sales.ts'
import { folderTarget, type NewObject } from './target.ts'
import { writeHistory } from './write.ts'

let out: string
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'shelfcast-history-'))
})
afterEach(() => rmSync(out, { recursive: true, force: true }))

const seed = 7
const span = { from: dayOf('2023-12-27'), to: dayOf('2024-01-07') }
const { promotions } = fixture()
/** Three clusters, so that threads have something to share, and promotions enough for a few days. */
const world: World = fixture({
  promotions: { ...promotions, share: 0.5 },
  stores: [
    store({ store_id: 'A-1', cluster: 'north' }),
    store({ store_id: 'A-2', cluster: 'north' }),
    store({ store_id: 'B-1', cluster: 'south' }),
    store({ store_id: 'C-1', cluster: 'west' }),
  ],
})

async function write(options: { folder?: string; workers?: number; overwrite?: boolean } = {}) {
  const { folder = out, workers = 1, overwrite = false } = options
  const target = folderTarget(folder, 'history', overwrite)
  return writeHistory({ world, seed, span, dataset: 'history', target, workers })
}

type Row = Record<string, unknown>
async function rowsOf(body: Uint8Array): Promise<Row[]> {
  const file = new Uint8Array(body).buffer
  return parquetReadObjects({ file, compressors: { ZSTD: (input) => zstdDecompressSync(input) } })
}
async function read(manifest: HistoryManifest, table: string): Promise<Row[]> {
  const objects = manifest.objects.filter((object) => object.table === table)
  const files = await Promise.all(objects.map(({ name }) => rowsOf(readFileSync(join(out, 'history', name)))))
  return files.flat()
}
const day = (value: unknown) => utcDate((value as Date).getTime())

test('sales are the totals of the store days, each listed product once a day', async () => {
  const manifest = await write()
  const rows = await read(manifest, 'sales')
  expect(Object.keys(rows[0]!)).toEqual(HISTORY_COLUMNS.sales.map(({ name }) => name))
  const actual = new Map(rows.map((row) => [`${row.store_id} ${row.sku} ${day(row.business_date)}`, row]))
  expect(actual.size).toBe(rows.length)

  let listed = 0
  let sold = 0
  let promoted = 0
  const chain = new Chain({ conditions: createConditions(world, seed), from: span.from })
  for (let today = span.from; today <= span.to; today++) {
    chain.nextDay((storeDay) => {
      for (const [product, { sku, unit }] of world.products.entries()) {
        const row = actual.get(`${world.stores[storeDay.store]!.store_id} ${sku} ${dateOf(storeDay.day)}`)
        if (storeDay.listed[product] === 0) {
          expect(row).toBeUndefined()
          continue
        }
        const running = storeDay.conditions.promotions[storeDay.promotion[product]!]
        const back = storeDay.returns.filter((each) => each.product === product)
        expect(row).toMatchObject({
          units: storeDay.sold[product],
          returned: back.reduce((sum, { quantity }) => sum + quantity, 0),
          unit,
          revenue: BigInt(storeDay.revenue[product]!),
          currency: world.currency,
          price: storeDay.price[product],
          promotion_id: running?.promotion_id ?? null,
          promotion_kind: running?.kind ?? null,
          stock_out: storeDay.stockout[product] === 1,
        })
        listed++
        sold += storeDay.sold[product]!
        if (running) promoted++
      }
    })
  }
  expect(rows).toHaveLength(listed)
  expect(sold).toBeGreaterThan(100)
  expect(promoted).toBeGreaterThan(0)
})

test('objects are by year and cluster, and as the manifest says', async () => {
  const manifest = await write()
  expect(manifest).toMatchObject({ from: '2023-12-27', to: '2024-01-07', seed, source: 'twin' })
  const names = manifest.objects.map(({ name }) => name)
  const clusters = ['north', 'south', 'west']
  expect(names).toEqual([
    'calendar/calendar.parquet',
    ...['forecasts', 'prices', 'promotions'].flatMap((table) =>
      [2023, 2024].map((year) => `${table}/year=${year}/${table}.parquet`),
    ),
    ...[2023, 2024].flatMap((year) => clusters.map((name) => `sales/year=${year}/${name}-000.parquet`)),
    'weather/weather.parquet',
  ])
  for (const { name, bytes, rows, sha256 } of manifest.objects) {
    const body = readFileSync(join(out, 'history', name))
    expect(body).toHaveLength(bytes)
    expect(createHash('sha256').update(body).digest('hex')).toBe(sha256)
    expect(await rowsOf(body)).toHaveLength(rows)
  }
  expect(JSON.parse(readFileSync(join(out, 'history/manifest.json'), 'utf8'))).toEqual(manifest)
  for (const row of await read(
    { ...manifest, objects: manifest.objects.filter(({ name }) => name.includes('2023')) },
    'sales',
  )) {
    expect(day(row.business_date) <= '2023-12-31').toBe(true)
  }
})

test('calendar and weather cover the days, both ends included, and the calendar the next 400', async () => {
  const manifest = await write()
  const calendar = await read(manifest, 'calendar')
  expect(calendar.map((row) => day(row.date))).toEqual(
    Array.from({ length: 12 + 400 }, (_, index) => dateOf(span.from + index)),
  )
  expect(calendar[0]).toMatchObject({ weekday: 3, country: 'IE', festival: null })
  expect(calendar.find((row) => day(row.date) === '2024-01-01')!.public_holiday).not.toBeNull()
  const weather = await read(manifest, 'weather')
  const conditions = createConditions(world, seed)
  expect(weather.map((row) => [row.temperature_c, row.rain_mm])).toEqual(
    Array.from({ length: 12 }, (_, index) => {
      const { temperature, rain_mm } = conditions.on(span.from + index).weather[0]!
      return [temperature, rain_mm]
    }),
  )
})

test('each evening has its forecast of the ten days after it', async () => {
  const rows = await read(await write(), 'forecasts')
  const forecasts = createWeatherForecasts(world, seed)
  expect(
    rows.map((row) => [day(row.issued_on), day(row.date), row.zone_id, row.temperature_c, row.rain_mm]),
  ).toEqual(
    Array.from({ length: 12 }, (_, index) => span.from + index).flatMap((evening) =>
      forecasts
        .issued(evening)
        .map(([weather], ahead) => [
          dateOf(evening),
          dateOf(evening + ahead + 1),
          world.weather_zones[0]!.zone_id,
          weather!.temperature,
          weather!.rain_mm,
        ]),
    ),
  )
})

test('prices and promotions are those of the weeks that are announced by the last day, and of no later one', async () => {
  const manifest = await write()
  const weeks = Array.from({ length: 8 }, (_, index) => dateOf(dayOf('2023-12-25') + 7 * index))
  // The next Monday is 43 days after the last day.
  expect(weeks.at(-1)).toBe('2024-02-12')
  expect(span.to).toBe(dayOf('2024-02-19') - 43)
  const prices = await read(manifest, 'prices')
  expect([...new Set(prices.map((row) => day(row.week)))].sort()).toEqual(weeks)
  const profiles = [...new Set(world.stores.map(({ profile }) => profile))]
  expect(prices).toHaveLength(weeks.length * profiles.length * world.products.length)

  const promotions = await read(manifest, 'promotions')
  expect([...new Set(promotions.map((row) => day(row.week)))].sort()).toEqual(weeks)
  for (const { week, announced_on, off } of promotions) {
    expect(dayOf(day(week)) - dayOf(day(announced_on))).toBe(42)
    expect(dayOf(day(announced_on))).toBeLessThanOrEqual(span.to)
    // An end cap may have the goods at their price.
    expect(off).toBeGreaterThanOrEqual(0)
    expect(off).toBeLessThan(1)
  }
})

test('the promotions that were planned are those that were sold', async () => {
  const manifest = await write()
  const planned = new Map(
    (await read(manifest, 'promotions')).map((row) => [
      `${row.profile} ${row.sku} ${day(row.week)}`,
      `${row.promotion_id} ${row.kind}`,
    ]),
  )
  const profiles = new Map(world.stores.map(({ store_id, profile }) => [store_id, profile]))
  for (const row of await read(manifest, 'sales')) {
    const monday = dateOf(mondayOf(dayOf(day(row.business_date))))
    expect(planned.get(`${profiles.get(row.store_id as string)} ${row.sku} ${monday}`)).toBe(
      row.promotion_id === null ? undefined : `${row.promotion_id} ${row.promotion_kind}`,
    )
  }
})

test('reference data is such as the platform takes', async () => {
  await write()
  const lines = (kind: string) =>
    readFileSync(join(out, `history/reference/${kind}.ndjson`), 'utf8')
      .trimEnd()
      .split('\n')
  for (const line of lines('stores')) expect(Value.Check(Store, JSON.parse(line)), line).toBe(true)
  for (const line of lines('products')) expect(Value.Check(Product, JSON.parse(line)), line).toBe(true)
  for (const line of lines('suppliers')) expect(Value.Check(Supplier, JSON.parse(line)), line).toBe(true)
  expect(lines('products')).toHaveLength(world.products.length)
})

test('threads write the same bytes, and another seed writes others', async () => {
  const first = await write()
  const elsewhere = join(out, 'elsewhere')
  expect(await write({ folder: elsewhere, workers: 2 })).toEqual(first)
  const sales = 'history/sales/year=2024/north-000.parquet'
  expect(readFileSync(join(elsewhere, sales))).toEqual(readFileSync(join(out, sales)))
  const target = folderTarget(join(out, 'other'), 'history', false)
  const second = await writeHistory({ world, seed: 8, span, dataset: 'history', target, workers: 1 })
  const sums = ({ objects }: HistoryManifest) => new Set(objects.map(({ sha256 }) => sha256))
  // The calendar alone is the same in every world.
  expect([...sums(first)].filter((sum) => sums(second).has(sum))).toHaveLength(1)
})

test('a file is closed when it is full, and nothing is held but open files', async () => {
  const whole: NewObject[] = []
  const parts: NewObject[] = []
  const conditions = createConditions(world, seed)
  const options = { conditions, stores: [0, 1], span }
  await writeSales({ ...options, put: async (object) => void whole.push(object) })
  let storeDays = 0
  await writeSales({
    ...options,
    fileRows: 20,
    async put(object) {
      parts.push(object)
      // A file of 20 rows is out before many more store days are made.
      expect(storeDays * world.products.length).toBeLessThan(parts.length * 40)
    },
    onProgress: (count) => {
      storeDays += count
    },
  })
  expect(Math.max(...parts.map(({ rows }) => rows))).toBeLessThan(20 + world.products.length)
  expect(new Set(parts.map(({ name }) => name)).size).toBe(parts.length)
  const sorted = async (objects: NewObject[]) => {
    const rows = (await Promise.all(objects.map(({ body }) => rowsOf(body)))).flat()
    return rows
      .map((row) => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value)))
      .sort()
  }
  expect(await sorted(parts)).toEqual(await sorted(whole))
})

test('a history that is there is not overwritten unasked, and one that was interrupted is no history', async () => {
  await write()
  const marker = join(out, 'history/marker')
  writeFileSync(marker, '')
  await expect(write()).rejects.toThrow(`${join(out, 'history')} is there already. Add --overwrite`)
  expect(existsSync(marker)).toBe(true)
  await write({ overwrite: true })
  expect(existsSync(marker)).toBe(false)

  const target = folderTarget(out, 'broken', false)
  await expect(
    writeHistory({
      world,
      seed,
      span,
      dataset: 'broken',
      target: { ...target, put: () => Promise.reject(new Error('disk full')) },
      workers: 2,
    }),
  ).rejects.toThrow('disk full')
  expect(existsSync(join(out, 'broken'))).toBe(false)
  await writeHistory({ world, seed, span, dataset: 'broken', target, workers: 1 })
  expect(readdirSync(out).sort()).toEqual(['broken', 'history'])
})

test('a folder with files that are no history is left alone', async () => {
  const folder = join(out, 'history')
  mkdirSync(folder)
  writeFileSync(join(folder, 'thesis.docx'), '')
  await expect(write({ overwrite: true })).rejects.toThrow(`${folder} holds files and no history.`)
  expect(existsSync(join(folder, 'thesis.docx'))).toBe(true)
})
