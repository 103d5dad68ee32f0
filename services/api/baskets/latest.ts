/** The baskets that arrived last. */
import type { LatestBaskets } from '@shelfcast/contracts/api'
import type { EventTopic } from '@shelfcast/contracts/topics'
import { FACT_TABLE, LEDGER_TABLE } from '@shelfcast/contracts/warehouse'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import type { Stores } from '../read/stores.ts'

export type Basket = LatestBaskets['baskets'][number]
export type LatestBasketsOf = (limit: number) => Promise<Basket[]>

export const BASKET_LIMIT = 100

const TOPIC: EventTopic = 'sales-transactions'

/**
 * Spans before the newest arrival that are searched one after the other until there are enough baskets: under load the
 * first is enough and reads little, after a quiet night a later one is.
 */
const SPANS_MS = [5_000, 60_000, 3_600_000, 86_400_000, Number.POSITIVE_INFINITY]

/** Messages looked at in each partition, as a multiple of the limit: among them may be some that the gate refused. */
const REACH = 20

interface Tip {
  partition: number
  end_offset: number
  /** Milliseconds since 1970. */
  newest: number
}

/** Newest first, by the producer's clock. Asks the facts only when the ledger has grown. */
export function createLatestBaskets(read: Reader, stores: Stores): LatestBasketsOf {
  const cache = new Map<number, { state: string; rows: Row[] }>()

  return async (limit) => {
    const tips = await read<Tip>(
      `
      select
          partition,
          max(end_offset) as end_offset,
          toUnixTimestamp64Milli(max(least(produced_max, loaded_at))) as newest
      from ${LEDGER_TABLE}
      where topic = {topic:String}
      group by partition
      order by partition`,
      { topic: TOPIC },
    )
    if (tips.length === 0) return []
    const state = JSON.stringify(tips)
    const entry = cache.get(limit)
    const rows = entry?.state === state ? entry.rows : await search(tips, limit)
    cache.set(limit, { state, rows })

    const names = await stores()
    return rows.map(({ event_ms, produced_ms, ...row }) => ({
      ...row,
      store_name: names.get(row.store_id)?.name ?? row.store_id,
      time_zone: names.get(row.store_id)?.time_zone ?? 'UTC',
      event_time: new Date(event_ms).toISOString(),
      produced_at: new Date(produced_ms).toISOString(),
    }))
  }

  async function search(tips: Tip[], limit: number): Promise<Row[]> {
    let rows: Row[] = []
    for (const span of SPANS_MS) {
      rows = await readBaskets(read, tips, span, limit)
      if (rows.length >= limit) break
    }
    return rows
  }
}

type Row = Pick<Basket, 'basket_id' | 'kind' | 'store_id' | 'currency' | 'lines' | 'net_amount'> & {
  event_ms: number
  produced_ms: number
}

function readBaskets(read: Reader, tips: Tip[], span: number, limit: number): Promise<Row[]> {
  const newest = Math.max(...tips.map((tip) => tip.newest))
  return read<Row>(
    `
    select
        any(basket_id) as basket_id,
        any(kind) as kind,
        any(store_id) as store_id,
        any(currency) as currency,
        count() as lines,
        sum(net_amount) as net_amount,
        toUnixTimestamp64Milli(any(event_time)) as event_ms,
        toUnixTimestamp64Milli(any(produced_at)) as produced_ms
    from ${FACT_TABLE[TOPIC]}
    where produced_at >= {since:DateTime64(3, 'UTC')}
        and offset >= {floors:Map(Int32, Int64)}[partition]
    group by partition, offset
    order by produced_ms desc, partition, offset desc
    limit {limit:UInt32}`,
    {
      since: new Date(Math.max(0, newest - span)),
      floors: new Map(tips.map((tip) => [tip.partition, Math.max(0, tip.end_offset - REACH * limit)])),
      limit,
    },
  )
}
