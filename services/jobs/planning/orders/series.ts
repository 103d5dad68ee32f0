/** Stock, open orders and forecasts of the SKUs of some stores, as planning looks at them. */
import type { Reader } from '@shelfcast/warehouse/queries/rows'

export interface SeriesRow {
  store_id: string
  sku: string
  /** In the unit of facts, as all quantities; null where nothing was ever heard of its stock. */
  on_hand: number | null
  /** What known lots hold of it; no day where it is not known. */
  lots: { lot: string; expires_on: string | null; quantity: number }[]
  on_order: OpenLine[]
  /** Means of the days 1 to 28 after the origin; empty without a forecast. */
  means: number[]
  /** That forecast, or baseline:NAME; empty without a forecast. */
  model_version: string
}

export interface OpenLine {
  purchase_order_id: string
  quantity: number
  /** Day at the store; null where nobody said. */
  expected_on: string | null
}

/**
 * All that planning looks at of the stores: what has a forecast, stock, or an open order. In the order of store and SKU.
 * @param choice.origin of the forecasts
 */
export async function readSeries(
  read: Reader,
  choice: { origin: string; stores: readonly string[] },
): Promise<SeriesRow[]> {
  // Apart: joined, each would be worked out twice.
  const [forecasts, positions, orders] = await Promise.all([
    read<ForecastRow>(FORECASTS, choice),
    read<PositionRow>(POSITIONS, choice),
    read<OrderRow>(ORDERS, choice),
  ])
  const series = new Map<string, SeriesRow>()
  const rowOf = ({ store_id, sku }: Key): SeriesRow => {
    const key = `${store_id} ${sku}`
    const row = series.get(key) ?? {
      store_id,
      sku,
      on_hand: null,
      lots: [],
      on_order: [],
      means: [],
      model_version: '',
    }
    series.set(key, row)
    return row
  }
  for (const forecast of forecasts) {
    const row = rowOf(forecast)
    row.means = forecast.means
    row.model_version = forecast.model_version
  }
  for (const position of positions) {
    const row = rowOf(position)
    row.on_hand = position.on_hand
    row.lots = position.lots.map(([day, lot, quantity]) => ({
      lot,
      expires_on: day === UNKNOWN_DAY ? null : day,
      quantity,
    }))
  }
  for (const order of orders)
    rowOf(order).on_order = order.lines.map(([purchase_order_id, quantity, expected_on]) => ({
      purchase_order_id,
      quantity,
      expected_on,
    }))
  return [...series.values()].sort(
    (one, other) => compare(one.store_id, other.store_id) || compare(one.sku, other.sku),
  )
}

type Key = Pick<SeriesRow, 'store_id' | 'sku'>
type ForecastRow = Key & Pick<SeriesRow, 'means' | 'model_version'>
type PositionRow = Key & { on_hand: number; lots: [day: string, lot: string, quantity: number][] }
type OrderRow = Key & { lines: [purchase_order_id: string, quantity: number, expected_on: string | null][] }

const compare = (one: string, other: string) => (one < other ? -1 : Number(one > other))

const UNKNOWN_DAY = '2149-06-06'

/** Of a series all days are of one version: the one that was stored last. */
const FORECASTS = `
select
    store_id,
    sku,
    argMax(days, made) as means,
    argMax(version, made) as model_version
from
(
    select
        store_id,
        sku,
        fact_forecast.model_version as version,
        arrayMap(day -> day.2, arraySort(groupArray((horizon, mean)))) as days,
        max(made_at) as made
    from fact_forecast final
    where served and origin = {origin:Date} and store_id in {stores:Array(String)}
    group by store_id, sku, version
)
group by store_id, sku`

const POSITIONS = `
select
    store_id,
    sku,
    on_hand,
    arrayMap(its -> (toString(its.1), its.2, its.3), lots) as lots
from stock_positions
where store_id in {stores:Array(String)}`

const ORDERS = `
select
    store_id,
    sku,
    arraySort(groupArray((purchase_order_id, quantity, toString(expected_on)))) as lines
from stock_on_order
where store_id in {stores:Array(String)}
group by store_id, sku`
