/** How far the days of the stores go. */
import type { Reader } from './rows.ts'

/** The last day that all stores have finished, but for those of which nothing was heard for days; as 2026-01-31. */
export async function lastDay(read: Reader): Promise<string | undefined> {
  const [row] = await read<{ day: string; stores: number }>(`
    select toString(min(until)) as day, count() as stores
    from
    (
        select store_id, max(series_spans.until) as until, max(until) over () as latest
        from series_spans
        group by store_id
    )
    where until >= latest - 3`)
  return row && row.stores > 0 ? row.day : undefined
}
