/** What the platform is told of the days to come: an outlook of a real world, in a lake in memory. */
import { zstdDecompressSync } from 'node:zlib'
import { seriesFolder } from '@shelfcast/contracts/datasets/layout'
import { OUTLOOKS, parseOutlookFile } from '@shelfcast/contracts/datasets/outlooks'
import { DAY_MS, type DaySpan, dateOf, dayOf, HOUR_MS, mondayOf } from '@shelfcast/contracts/dates'
import type { Lake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import { parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'
import { memoryLake } from '../../test/datagen/director.ts'
import { store, world as tinyWorld } from '../../test/datagen/world.ts'
import { surroundings } from '../history/surroundings.ts'
import { createConditions } from '../sim/conditions.ts'
import type { Happening } from '../sim/model.ts'
import { createWeather } from '../sim/weather.ts'
import { createOutlook, type OutlookBegin } from './outlook.ts'
import { runOf } from './run.ts'

const seed = 5
const { promotions } = tinyWorld()
/** Dublin's clock is UTC in winter and an hour ahead in summer; Amsterdam's days end an hour before. */
const world = tinyWorld({
  promotions: { ...promotions, share: 0.5 },
  stores: [store(), store({ store_id: 'AMS-01', time_zone: 'Europe/Amsterdam' })],
})
const run = runOf(world, 'abcdef012345', seed)
const FROM = dayOf('2026-01-01')
/** A Sunday. */
const LAST = dayOf('2026-01-11')
const history: DaySpan = { from: FROM, to: LAST }

type Row = Record<string, unknown>
async function rowsOf(body: Uint8Array): Promise<Row[]> {
  const read = await parquetReadObjects({
    file: new Uint8Array(body).buffer,
    compressors: { ZSTD: (input) => zstdDecompressSync(input) },
  })
  const dates = (row: Row) =>
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Date ? value.toISOString().slice(0, 10) : value,
    ])
  return read.map((row) => Object.fromEntries(dates(row)))
}

/** Rows by table, each once. */
type Tables = Map<string, Set<string>>
async function add(tables: Tables, table: string, body: Uint8Array) {
  const rows = tables.get(table) ?? new Set()
  for (const row of await rowsOf(body)) rows.add(JSON.stringify(row))
  tables.set(table, rows)
}
async function ofHistory(span: DaySpan): Promise<Tables> {
  const tables: Tables = new Map()
  for (const { table, body } of surroundings(createConditions(world, seed), span))
    await add(tables, table, body)
  return tables
}

/** An outlook over restarts of the twin, in one lake. */
function start(memory = memoryLake(), begin: OutlookBegin = { lastDay: LAST }) {
  const state = { writesLeft: Number.POSITIVE_INFINITY }
  const lake: Lake = {
    ...memory.lake,
    create(...object) {
      if (state.writesLeft-- <= 0) return Promise.reject(new Error('the lake is away'))
      return memory.lake.create(...object)
    },
  }
  const outlook = createOutlook({
    lake,
    log: createLog('test', 'silent'),
    run,
    signal: new AbortController().signal,
    conditions: createConditions(world, seed),
    begin,
  })
  const folder = `raw/${seriesFolder(OUTLOOKS.kind, 'twin', run.id)}`
  return {
    memory,
    state,
    bodyOf: (file: string) => memory.objects.get(`${folder}${file}`)!,
    /** Files in the order in which they were written. */
    files: () => [...memory.objects.keys()].map((key) => key.slice(folder.length)),
    /** The hour after a day has ended at all stores. */
    async end(day: number, happenings: readonly Happening[] = []) {
      outlook.reach((day + 1) * DAY_MS + 3_600_000, happenings)
      await outlook.settled()
    },
    async tables(): Promise<Tables> {
      const tables: Tables = new Map()
      for (const [key, body] of memory.objects)
        await add(tables, parseOutlookFile(key.slice(folder.length))!.table, body)
      return tables
    },
  }
}
const tableOf = (file: string) => parseOutlookFile(file)!.table

async function expectSeamless(live: Tables, to: number) {
  const expected = await ofHistory({ from: FROM, to })
  const before = await ofHistory(history)
  for (const table of ['weather', 'forecasts', 'prices', 'promotions']) {
    const actual = new Set([...before.get(table)!, ...(live.get(table) ?? [])])
    expect(actual.size, table).toBe(expected.get(table)!.size)
    expect(actual, table).toEqual(expected.get(table))
  }
  const dates = [...before.get('calendar')!, ...(live.get('calendar') ?? [])].map(
    (row) => JSON.parse(row).date,
  )
  const days = new Set(dates.map((date: string) => dayOf(date)))
  expect(days.size).toBe(Math.max(...days) - FROM + 1)
  expect(Math.max(...days) - to).toBeGreaterThanOrEqual(300)
}

test('a history and the outlook after it are one longer history, day by day', async () => {
  const { end, files, tables } = start()
  await end(LAST)
  expect(files()).toEqual([])
  for (let day = LAST + 1; day <= LAST + 180; day++) {
    const before = files().length
    await end(day)
    // A Monday brings the plans of a week, any other day its weather alone.
    const isPlanned = files().slice(before).map(tableOf).includes('prices')
    expect(isPlanned).toBe(mondayOf(day) === day)
    if (!isPlanned) expect(files().slice(before).map(tableOf)).toEqual(['weather', 'forecasts'])
  }
  expect(files()).toEqual(files().toSorted())
  await expectSeamless(await tables(), LAST + 180)
})

test('a jump is told in few objects, and without a gap', async () => {
  const { end, files, tables } = start()
  await end(LAST + 1)
  await end(LAST + 400)
  expect(files().length).toBeLessThan(30)
  await expectSeamless(await tables(), LAST + 400)
})

test('nothing is told before it is known', async () => {
  const { end, files, bodyOf } = start()
  for (const days of [1, 2, 8, 9, 50, 51]) {
    const before = files().length
    await end(LAST + days)
    for (const file of files().slice(before)) {
      for (const row of await rowsOf(bodyOf(file))) {
        const since = {
          calendar: undefined,
          weather: row.date,
          forecasts: row.issued_on,
          prices: row.week && dateOf(dayOf(row.week as string) - 42),
          promotions: row.announced_on,
          sales: undefined,
        }[tableOf(file)]
        if (since) expect(dayOf(since as string), file).toBeLessThanOrEqual(LAST + days)
      }
    }
  }
})

test('a day is over when it is over at every store', async () => {
  const { files, end } = start()
  // Half past midnight in Amsterdam, and half past eleven in Dublin.
  await end(LAST + 1 - 1.5 / 24)
  expect(files()).toEqual([])
  await end(LAST + 1)
  expect(files().at(-1)).toBe('2026-01-12_2026-01-12_4-forecasts.parquet')
})

test('after a kill in the middle of a span the days go on without a gap, in the order of the names', async () => {
  // given a lake that goes away on a Monday, of which two objects are there by then
  const first = start()
  await first.end(LAST + 3)
  const whole = first.files().length
  first.state.writesLeft = 2
  await first.end(LAST + 8)
  expect(first.files()).toHaveLength(whole + 2)
  // when the twin is started again on an earlier day, nothing is told before the span of its forerunner
  const second = start(first.memory)
  await second.end(LAST + 6)
  expect(second.files()).toHaveLength(whole + 2)
  // and when it has come further, and is started once more without anything to do
  await second.end(LAST + 20)
  const files = second.files()
  await start(first.memory).end(LAST + 20)
  // then
  expect(second.files()).toEqual(files)
  expect(files).toEqual(files.toSorted())
  await expectSeamless(await second.tables(), LAST + 20)
})

test('a run without a history is told of the last weeks as well', async () => {
  const { end, tables } = start(memoryLake(), {})
  await end(LAST)
  const rowsByTable = await tables()
  const days = (table: string, name: string) =>
    [...new Set([...rowsByTable.get(table)!].map((row) => JSON.parse(row)[name] as string))].sort()
  expect(days('weather', 'date')).toHaveLength(61)
  expect(days('calendar', 'date').at(0)).toBe(dateOf(LAST - 60))
  expect(days('calendar', 'date').at(-1)).toBe(dateOf(LAST + 400))
  for (const table of ['prices', 'promotions']) {
    expect(days(table, 'week').at(0)).toBe(dateOf(mondayOf(LAST - 60)))
    expect(days(table, 'week').at(-1)).toBe(dateOf(mondayOf(LAST + 42)))
    expect(days(table, 'week')).toHaveLength(15)
  }
  await end(LAST + 200)
  const later = await tables()
  expect(later.get('weather')!.size).toBe(61 + 200)
})

test('a history of old, without an outlook, gets one from its end on', async () => {
  const { end, tables } = start(memoryLake(), { since: LAST - 199 })
  await end(LAST)
  const rowsByTable = await tables()
  expect(rowsByTable.get('weather')!.size).toBe(200)
  expect(rowsByTable.get('forecasts')!.size).toBe(2_000)
})

test('the weather that is measured is what the director let happen; the forecast knew nothing of it', async () => {
  const at = (day: number, hour = 0) => day * DAY_MS + hour * HOUR_MS
  const rain: Happening = {
    id: 'rainy_week-1',
    kind: 'rainy_week',
    from: at(LAST + 1, 12),
    to: at(LAST + 3),
    strength: 80,
  }
  const { end, tables } = start()
  for (const day of [1, 2, 3]) await end(LAST + day, [rain])
  const rowsByTable = await tables()
  const weather = createWeather(world, seed)
  const mm = [...rowsByTable.get('weather')!].map((row) => JSON.parse(row).rain_mm as number)
  const usual = [1, 2, 3].map((day) => weather.on(LAST + day)[0]!.rain_mm)
  expect(mm[0]).toBeCloseTo((usual[0]! + 80) / 2, 0)
  expect(mm[1]).toBe(80)
  expect(mm[2]).toBe(usual[2])
  const expected = await ofHistory({ from: FROM, to: LAST + 3 })
  for (const row of rowsByTable.get('forecasts')!) expect(expected.get('forecasts')!.has(row)).toBe(true)
})
