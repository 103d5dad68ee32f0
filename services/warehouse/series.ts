/** The daily series that forecasts are made of, in step with the facts. */
import { readFileSync } from 'node:fs'
import { addDays, dayOf } from '@shelfcast/contracts/dates'
import type { Warehouse } from './client.ts'
import { forgetKept } from './kept.ts'
import { lastDay } from './queries/days.ts'
import { readerOf, rowsOf } from './queries/rows.ts'

const FOLDER = new URL('features/series/', import.meta.url)
const statement = (name: string) => readFileSync(new URL(`${name}.sql`, FOLDER), 'utf8')

/**
 * Brings series_daily up to the last day that each store has finished. Repeating it changes nothing but what came late.
 * @returns the last day that all stores which are open have finished, as 2026-01-31; undefined when there is no sale yet
 */
export async function refreshSeries(warehouse: Warehouse): Promise<string | undefined> {
  await forgetOtherHistories(warehouse)
  await tellHistory(warehouse)
  await tellLiveDays(warehouse)
  return lastDay(readerOf(warehouse))
}

/** Another world or seed has another history, for the same stores and days perhaps. */
async function forgetOtherHistories(warehouse: Warehouse): Promise<void> {
  const [others] = await rowsOf<{ days: number }>(
    warehouse,
    `
    with (select argMax(dataset, chosen_at) from history_datasets) as history
    select count() as days
    from series_told
    where source not in (history, concat(history, '/jumps'), 'live')`,
  )
  if (!others || others.days === 0) return
  await forgetKept(warehouse)
  // The ledger last: where a crash comes between, the others are forgotten by the next.
  for (const table of ['series_daily', 'series_spans', 'series_told'])
    await warehouse.command({ query: `truncate table ${table}` })
}

interface ToldDay {
  store_id: string
  day: string
  source: string
  rows: number
}

/** Month by month: an insert over many would cost as many parts a block. */
async function tellHistory(warehouse: Warehouse): Promise<void> {
  const months = await rowsOf<{ month: string }>(
    warehouse,
    'select distinct toString(toStartOfMonth(business_date)) as month from history_untold order by month',
  )
  for (const { month } of months) {
    const days = await rowsOf<ToldDay>(
      warehouse,
      `
      select store_id, toString(business_date) as day, dataset as source, rows
      from history_untold
      where toStartOfMonth(business_date) = {month:Date}`,
      { month },
    )
    await warehouse.command({ query: statement('history'), query_params: { month } })
    await record(warehouse, days)
  }
}

async function tellLiveDays(warehouse: Warehouse): Promise<void> {
  const spans = await rowsOf<{
    store_id: string
    time_zone: string
    begins: string
    ends: string
    until: string
  }>(warehouse, statement('untold'))
  if (spans.length === 0) return
  await warehouse.command({
    query: statement('live'),
    query_params: {
      stores: spans.map(({ store_id }) => store_id),
      time_zones: spans.map(({ time_zone }) => time_zone),
      begins: spans.map(({ begins }) => begins),
      ends: spans.map(({ ends }) => ends),
    },
  })
  await record(
    warehouse,
    spans.flatMap(({ store_id, begins, ends, until }) =>
      daysBetween(begins, ends)
        .filter((day) => day > until)
        .map((day) => ({ store_id, day, source: 'live', rows: 0 })),
    ),
  )
}

/** After the days are there: what a crash leaves between is told again. */
async function record(warehouse: Warehouse, days: readonly ToldDay[]): Promise<void> {
  if (days.length === 0) return
  await warehouse.insert({
    table: 'series_told',
    values: [...days],
    columns: ['store_id', 'day', 'source', 'rows'],
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  })
}

const daysBetween = (first: string, last: string) =>
  Array.from({ length: dayOf(last) - dayOf(first) + 1 }, (_, index) => addDays(first, index))
