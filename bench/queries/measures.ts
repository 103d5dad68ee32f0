/** What people ask of the live measures, and the same asked of fact rows. */
import { LARGEST_STORE } from './fill.ts'

export interface Question {
  name: string
  title: string
  query: string
  /** The same answer from fact rows alone; absent where the measure is made of them, or of no sales. */
  plain?: string
}

const STORE = `store_id = '${LARGEST_STORE}'`
const NOW = `(select max(event_time) from fact_sales where ${STORE})`
const HOUR = "toStartOfHour(toDateTime(event_time, 'UTC'))"

/** Sums of a measure that none of its columns can be left out of. */
const VELOCITY = `
  select store_id, sku, unit, sum(quantity) / 28 as per_day
  from fact_sales
  where event_time >= ${NOW} - interval 28 day`

export const QUESTIONS: readonly Question[] = [
  {
    name: 'velocity_store',
    title: 'Velocity, every SKU of a store',
    query: `select * from sales_velocity where ${STORE}`,
    plain: `${VELOCITY} and ${STORE} group by store_id, sku, unit`,
  },
  {
    name: 'velocity_sku',
    title: 'Velocity, one SKU of a store',
    query: `select * from sales_velocity where ${STORE} and sku = 'SKU-000003'`,
    plain: `${VELOCITY} and ${STORE} and sku = 'SKU-000003' group by store_id, sku, unit`,
  },
  {
    name: 'velocity_top',
    title: 'Velocity, first 50 of all stores',
    query: 'select * from sales_velocity order by units_per_day_28 desc limit 50',
    plain: `${VELOCITY} group by store_id, sku, unit order by per_day desc limit 50`,
  },
  {
    name: 'velocity_top_overview',
    title: '  the same from stock_overview',
    query:
      'select store_id, sku, units_per_day_28 from stock_overview order by units_per_day_28 desc limit 50',
  },
  {
    name: 'revenue_store',
    title: 'Revenue by hour, a store',
    query: `select * from revenue_by_hour_compared where ${STORE} order by hour`,
    plain: comparedPlainly('sum(net_amount)', `and ${STORE}`),
  },
  {
    name: 'revenue_all',
    title: 'Revenue by hour, all stores',
    query: 'select * from revenue_by_hour_compared',
    plain: comparedPlainly('sum(net_amount)', ''),
  },
  {
    name: 'revenue_overview',
    title: '  the same from revenue_overview',
    query: 'select * from revenue_overview',
  },
  {
    name: 'anomalies_all',
    title: 'Anomalies of rate, all stores',
    query: 'select * from rate_anomalies order by abs(baskets_z) desc limit 50',
    plain: comparedPlainly('countIf(id_hash != 0)', ''),
  },
  {
    name: 'anomalies_overview',
    title: '  the same from anomalies_overview',
    query: 'select * from anomalies_overview order by abs(baskets_z) desc limit 50',
  },
  {
    name: 'basket_size_store',
    title: 'Basket size by hour, a store, a week',
    query: `select * from basket_size where ${STORE} and hour >= (select max(as_of) from store_clock) - 604800`,
    plain: `
      select ${HOUR} as hour, count() / countIf(id_hash != 0), sum(net_amount) / countIf(id_hash != 0)
      from fact_sales
      where ${STORE} and kind = 'sale' and event_time >= ${NOW} - interval 7 day
      group by hour`,
  },
  {
    name: 'basket_medians_store',
    title: 'Median basket by hour, a store, a week',
    query: `select * from basket_size_medians where ${STORE} and hour >= (select max(as_of) from store_clock) - 604800`,
  },
  {
    name: 'incidents_store',
    title: 'Incident rates, a store',
    query: `select * from incident_rates where ${STORE}`,
    plain: incidentsPlainly(`and ${STORE}`),
  },
  {
    name: 'incidents_all',
    title: 'Incident rates, all stores',
    query: "select * from incident_rates where by = 'till' order by refunds_z desc limit 50",
    plain: incidentsPlainly(''),
  },
  {
    name: 'stock_store',
    title: 'Stock on hand, every SKU of a store',
    query: `select * from stock_on_hand where ${STORE}`,
  },
  {
    name: 'stock_sku',
    title: 'Stock on hand, one SKU of a store',
    query: `select * from stock_on_hand where ${STORE} and sku = 'SKU-000003'`,
  },
  {
    name: 'lots_store',
    title: 'Lots of a store',
    query: `select * from stock_lots where ${STORE}`,
  },
  {
    name: 'on_order_store',
    title: 'On order, a store',
    query: `select * from stock_on_order where ${STORE}`,
  },
  {
    name: 'cover_risk_store',
    title: 'Days of cover and stock-out risk, a store',
    query: `select * from stock_status where ${STORE}`,
  },
  {
    name: 'cover_risk_sku',
    title: 'Days of cover and stock-out risk, one SKU',
    query: `select * from stock_status where ${STORE} and sku = 'SKU-000003'`,
  },
  {
    name: 'cover_risk_overview',
    title: '  a store from stock_overview',
    query: `select * from stock_overview where ${STORE}`,
  },
  {
    name: 'risk_top_overview',
    title: '  first 50 of all stores from it',
    query: 'select * from stock_overview order by stock_out_risk desc limit 50',
  },
  { name: 'stream_lag', title: 'Stream lag', query: 'select * from stream_lag' },
]

function comparedPlainly(measure: string, which: string): string {
  return `
    select store_id, weekday, hour_of_day, groupArray(figure)
    from
    (
        select store_id, ${HOUR} as hour, toDayOfWeek(hour) as weekday, toHour(hour) as hour_of_day, ${measure} as figure
        from fact_sales
        where event_time >= ${NOW} - interval 9 week ${which}
        group by store_id, hour
    )
    group by store_id, weekday, hour_of_day`
}

function incidentsPlainly(which: string): string {
  return `
    select store_id, till_id, countIf(id_hash != 0) as baskets, sumIf(net_amount, kind = 'return') as returned, sum(net_amount)
    from fact_sales
    where event_time >= ${NOW} - interval 28 day ${which}
    group by store_id, till_id`
}
