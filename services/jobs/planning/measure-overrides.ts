/** Planners' changes of forecasts, held against what came. */
import { addDays } from '@shelfcast/contracts/dates'
import type { Override } from '@shelfcast/contracts/overrides'
import { createOverrides } from '@shelfcast/operational/overrides'
import { effectiveMean, isOf, overrideOf } from '@shelfcast/planning/overrides/apply-overrides'
import { lastDay } from '@shelfcast/warehouse/queries/days'
import { type Reader, readerOf } from '@shelfcast/warehouse/queries/rows'
import type { Job } from '../engine/job.ts'

/** Days that are measured anew at each run, since sales come late. */
const MEASURED_DAYS = 7
/** Rows of one insert. */
const BATCH = 50_000

interface Outcome {
  override_id: number
  store_id: string
  sku: string
  day: string
  origin: string
  actor: string
  reason: string
  forecast: number
  effective: number
  actual: number
}

export function measureOverrides(): Job<'measure-overrides'> {
  return {
    name: 'measure-overrides',
    async run({ backends: { warehouse, operational }, now, signal, progress }) {
      const read = readerOf(warehouse)
      const last = await lastDay(read)
      if (last === undefined)
        return {
          figures: { overrides: 0, series_days: 0 },
          shortfalls: ['The daily series are empty, so nothing came yet. Run the job build-features.'],
        }
      const overrides = await createOverrides(operational).until(last)
      const from = await measureFrom(read, last)
      const open = overrides.filter(({ to }) => to >= from)
      let series_days = 0
      for (const [done, override] of open.entries()) {
        signal.throwIfAborted()
        progress({ step: 'Overrides', done, total: open.length })
        const outcomes = await outcomesOf(read, override, overrides, { from, last })
        series_days += outcomes.length
        for (let begin = 0; begin < outcomes.length; begin += BATCH)
          await warehouse.insert({
            table: 'override_outcomes',
            values: outcomes
              .slice(begin, begin + BATCH)
              .map((outcome) => ({ ...outcome, measured_at: now() })),
            format: 'JSONEachRow',
            clickhouse_settings: { async_insert: 0 },
          })
      }
      return { figures: { overrides: open.length, series_days }, shortfalls: [] }
    },
  }
}

/** Days since the last measure, and the week before it again; all where there was none. */
async function measureFrom(read: Reader, last: string): Promise<string> {
  const [newest] = await read<{ day: string; rows: number }>(
    'select toString(max(day)) as day, count() as rows from override_outcomes',
  )
  if (!newest || newest.rows === 0) return '1990-01-01'
  const day = newest.day < last ? newest.day : last
  return addDays(day, 1 - MEASURED_DAYS)
}

interface Row {
  store_id: string
  sku: string
  category: string
  day: string
  origin: string
  forecast: number
  actual: number
}

/** Of the days on which no other override counted. */
async function outcomesOf(
  read: Reader,
  override: Override,
  overrides: readonly Override[],
  { from, last }: { from: string; last: string },
): Promise<Outcome[]> {
  const { id, store_id, sku, category, actor, reason } = override
  const rows = await read<Row>(ROWS, {
    store_id: store_id ?? '',
    sku: sku ?? '',
    category: category ?? '',
    origin: override.origin ?? override.from,
    expires_on: override.expires_on,
    from: override.from > from ? override.from : from,
    to: override.to < last ? override.to : last,
  })
  return rows.flatMap(({ category: of, ...row }) => {
    const rivals = overrides.filter((each) => inForce(each, row) && isOf(each, { ...row, category: of }))
    if (overrideOf(rivals, row.day)?.id !== id) return []
    const effective = effectiveMean(row.forecast, override)
    return [{ override_id: id, ...row, actor, reason, effective }]
  })
}

/** When the forecast was made, and not ended before the day came. */
function inForce(
  { origin, ended_at, ended_origin, expires_on }: Override,
  row: Row | Omit<Row, 'category'>,
): boolean {
  const isSet = origin === null || origin <= row.origin
  const isEnded = ended_at !== null && (ended_origin === null || ended_origin < row.day)
  return isSet && !isEnded && expires_on >= row.origin
}

/** The first forecast after the override was set that reaches the day; of several of an origin the one that was made last. */
const ROWS = `
with
    forecasts as
    (
        select
            store_id,
            sku,
            target_date,
            argMin(origin, (origin, -toUnixTimestamp64Milli(made_at))) as first_origin,
            argMin(mean, (origin, -toUnixTimestamp64Milli(made_at))) as first_mean,
            argMin(unit, (origin, -toUnixTimestamp64Milli(made_at))) as first_unit
        from fact_forecast
        where served
            and origin between {origin:Date} and {expires_on:Date}
            and origin < target_date
            and target_date between {from:Date} and {to:Date}
            and ({store_id:String} = '' or store_id = {store_id:String})
            and ({sku:String} = '' or sku = {sku:String})
        group by store_id, sku, target_date
    ),
    actuals as
    (
        select store_id, sku, day, argMax(series_daily.units, filled_at) as sold, argMax(stock_out, filled_at) as out
        from series_daily
        where day between {from:Date} and {to:Date}
            and ({store_id:String} = '' or store_id = {store_id:String})
            and ({sku:String} = '' or sku = {sku:String})
        group by store_id, sku, day
        having out = 0
    ),
    products as
    (
        select sku, argMax(dim_product.category, updated_at) as category
        from dim_product
        group by sku
    )
select
    forecasts.store_id as store_id,
    forecasts.sku as sku,
    products.category as category,
    toString(target_date) as day,
    toString(first_origin) as origin,
    first_mean / if(first_unit = 'each', 1, 1000) as forecast,
    sold as actual
from forecasts
inner join actuals on actuals.store_id = forecasts.store_id and actuals.sku = forecasts.sku and actuals.day = target_date
left join products on products.sku = forecasts.sku
where {category:String} = '' or products.category = {category:String}
order by store_id, sku, day`
