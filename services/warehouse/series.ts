/** The daily series that forecasts are made of, in step with the facts. */
import { readFileSync } from 'node:fs'
import type { Warehouse } from './client.ts'
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
  await warehouse.command({ query: statement('history') })
  await warehouse.command({ query: statement('live') })
  return lastDay(readerOf(warehouse))
}

/** Another world or seed has another history, for the same stores and days perhaps. */
async function forgetOtherHistories(warehouse: Warehouse): Promise<void> {
  const [others] = await rowsOf<{ days: number }>(
    warehouse,
    `
    with (select argMax(dataset, chosen_at) from history_datasets) as history
    select count() as days
    from series_daily
    where source not in (history, concat(history, '/jumps'), 'live')`,
  )
  if (others && others.days > 0) await warehouse.command({ query: 'truncate table series_daily' })
}
