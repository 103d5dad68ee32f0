/** Stock, open orders and forecasts of the SKUs of some stores, as planning looks at them. */
import type { Reader } from '@shelfcast/warehouse/queries/rows'

export interface SeriesRow {
  store_id: string
  sku: string
  /** In the unit of facts, as all quantities; null where nothing was ever heard of its stock. */
  on_hand: number | null
  /** What known lots hold of it; no day where it is not known. */
  lots: { expires_on: string | null; quantity: number }[]
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

type WarehouseRow = Omit<SeriesRow, 'lots' | 'on_order'> & {
  lots: [string, number][]
  on_order: [string, number, string | null][]
}

/**
 * All that planning looks at of the stores: what has a forecast, stock, or an open order. In the order of store and SKU.
 * @param origin of the forecasts
 */
export async function readSeries(
  read: Reader,
  { origin, stores }: { origin: string; stores: readonly string[] },
): Promise<SeriesRow[]> {
  const rows = await read<WarehouseRow>(QUERY, { origin, stores })
  return rows.map(({ lots, on_order, ...row }) => ({
    ...row,
    lots: lots.map(([day, quantity]) => ({ expires_on: day === UNKNOWN_DAY ? null : day, quantity })),
    on_order: on_order.map(([purchase_order_id, quantity, expected_on]) => ({
      purchase_order_id,
      quantity,
      expected_on,
    })),
  }))
}

const UNKNOWN_DAY = '2149-06-06'

const QUERY = `
with
    forecasts as
    (
        select
            store_id,
            sku,
            arrayMap(day -> day.2, arraySort(groupArray((horizon, mean)))) as means,
            any(version) as model_version
        from
        (
            select
                store_id,
                sku,
                horizon,
                argMax(fact_forecast.mean, made_at) as mean,
                argMax(fact_forecast.model_version, made_at) as version
            from fact_forecast
            where served and origin = {origin:Date} and store_id in {stores:Array(String)}
            group by store_id, sku, horizon
        )
        group by store_id, sku
    ),
    orders as
    (
        select
            store_id,
            sku,
            arraySort(groupArray((purchase_order_id, quantity, toString(expected_on)))) as lines
        from stock_on_order
        where store_id in {stores:Array(String)}
        group by store_id, sku
    ),
    positions as
    (
        select store_id, sku, on_hand, lots
        from stock_positions
        where store_id in {stores:Array(String)}
    ),
    series as
    (
        select store_id, sku from forecasts
        union distinct
        select store_id, sku from positions
        union distinct
        select store_id, sku from orders
    )
select
    series.store_id as store_id,
    series.sku as sku,
    if(positions.sku = '', null, positions.on_hand) as on_hand,
    arrayMap(its -> (toString(its.1), its.3), positions.lots) as lots,
    orders.lines as on_order,
    forecasts.means as means,
    forecasts.model_version as model_version
from series
left join forecasts on forecasts.store_id = series.store_id and forecasts.sku = series.sku
left join positions on positions.store_id = series.store_id and positions.sku = series.sku
left join orders on orders.store_id = series.store_id and orders.sku = series.sku
order by store_id, sku`
