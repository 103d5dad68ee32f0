/** The daily series that forecasts are made of, in step with the facts. */
import { readFileSync } from 'node:fs'
import type { Warehouse } from './client.ts'

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
  return lastDay(warehouse)
}

/** Another world or seed has another history, for the same stores and days perhaps. */
async function forgetOtherHistories(warehouse: Warehouse): Promise<void> {
  const answer = await warehouse.query({
    query: `
      with (select argMax(dataset, chosen_at) from history_datasets) as history
      select count() > 0 as found
      from series_daily
      where source not in (history, concat(history, '/jumps'), 'live')`,
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<{ found: boolean | number }>()
  if (row?.found) await warehouse.command({ query: 'truncate table series_daily' })
}

/** The last day that all stores have finished, but for those of which nothing was heard for days. */
export async function lastDay(warehouse: Warehouse): Promise<string | undefined> {
  const answer = await warehouse.query({
    query: `
      select toString(min(until)) as day, count() as stores
      from
      (
          select store_id, max(day) as until, max(until) over () as latest
          from series_daily
          group by store_id
      )
      where until >= latest - 3`,
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<{ day: string; stores: number | string }>()
  return row && Number(row.stores) > 0 ? row.day : undefined
}
