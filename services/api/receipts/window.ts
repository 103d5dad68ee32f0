/** The days of a series that the features of an origin read, and whether they still say what the features say. */
import { isDate } from '@shelfcast/contracts/dates'
import { type Hop, type ReceiptOf, receiptId } from '@shelfcast/contracts/receipts'
import type { FeatureValues } from './features.ts'
import { badMark, hopOf, instantOf, type Page, type Prove, pageOf } from './hops.ts'
import { inputsReading, WINDOW_DAYS } from './reach.ts'
import { LIVE } from './series-day.ts'

export interface WindowDay {
  day: string
  age: number
  units: number
  price: number | null
  promotion_off: number
  stock_out: number
  source: string
  filled_at: string
}

/** Inputs that can be said again of these days in a line of SQL. */
const AGAIN = ['lag_1', 'mean_7', 'mean_28', 'mean_90'] as const
type Again = Record<(typeof AGAIN)[number], number | null>

/** Both are 32-bit numbers, of which one went through sums. */
const SAME_WITHIN = 1e-5

/**
 * @param features of the origin, to be held against the days; undefined when nobody knows them
 * @returns the newest day that sold something, of the live stream where there is one
 */
export async function windowHop(
  prove: Prove,
  { store_id, sku, origin }: Omit<ReceiptOf<'window'>, 'kind'>,
  { limit, after }: Page,
  features?: FeatureValues,
): Promise<{ hop: Hop; days: WindowDay[] }> {
  if (after !== undefined && !isDate(after)) throw badMark(after)
  const parameters = { store_id, sku, origin }
  const { rows, proof } = await prove<WindowDay>(
    `
    select
        day,
        dateDiff('day', day, {origin:Date}) as age,
        units,
        price,
        promotion_off,
        stock_out,
        source,
        filled_at
    from series_daily final
    where store_id = {store_id:String}
        and sku = {sku:String}
        and day > {origin:Date} - ${WINDOW_DAYS}
        and day <= {origin:Date}${after === undefined ? '' : `\n        and day < {after:Date}`}
    order by day desc
    limit {limit:UInt32}`,
    { ...parameters, limit: limit + 1, ...(after !== undefined && { after }) },
  )
  const { page, isMore } = pageOf(rows, limit)
  const parts = { store_id, sku, origin }
  if (page.length === 0 && after === undefined) {
    const missing = `series_daily has no day of SKU "${sku}" in store "${store_id}" in the ${WINDOW_DAYS} days up to ${origin}. Look at /api/v1/forecasts for the series that there are.`
    return { hop: hopOf('window', parts, { words: 'No days.', proofs: [proof], missing }), days: page }
  }
  const again = await prove<Again>(
    `
    select
        argMax(units, day) as lag_1,
        sumIf(units, age < 7 and stock_out = 0) / greatest(countIf(age < 7 and stock_out = 0), 1) as mean_7,
        sumIf(units, age < 28 and stock_out = 0) / greatest(countIf(age < 28 and stock_out = 0), 1) as mean_28,
        sumIf(units, age < 90 and stock_out = 0) / greatest(countIf(age < 90 and stock_out = 0), 1) as mean_90
    from
    (
        select day, toFloat64(units) as units, stock_out, dateDiff('day', day, {origin:Date}) as age
        from series_daily final
        where store_id = {store_id:String}
            and sku = {sku:String}
            and day > {origin:Date} - 90
            and day <= {origin:Date}
    )`,
    parameters,
  )
  return {
    days: page,
    hop: hopOf('window', parts, {
      words: `Features of ${origin} read up to ${WINDOW_DAYS} days of ${sku} in store ${store_id}, of each only what its input reaches.`,
      figures: { ...again.rows[0]!, ...comparison(again.rows[0]!, features) },
      rows: page.map(({ filled_at, ...row }) => ({
        id: receiptId('day', { store_id, sku, day: row.day }),
        figures: {
          ...row,
          stock_out: row.stock_out === 1,
          filled_at: instantOf(filled_at),
          inputs: inputsReading(row.age, '').length,
        },
      })),
      next: isMore ? page.at(-1)!.day : null,
      proofs: [proof, again.proof],
    }),
  }
}

/** Sales that come late change days after their features were built: then they differ here. */
function comparison(again: Again, features: FeatureValues | undefined) {
  if (!features) return {}
  const differing = AGAIN.filter((name) => {
    const [now, before] = [again[name] ?? Number.NaN, Number(features[name])]
    return !(Math.abs(now - before) <= SAME_WITHIN * Math.max(1, Math.abs(before)))
  })
  return {
    same_as_features: differing.length === 0,
    ...(differing.length > 0 && { differing: [...differing] }),
  }
}

/** The day that a thread goes on with. */
export function dayToFollow(days: readonly WindowDay[]): WindowDay | undefined {
  const sold = days.filter(({ units }) => units > 0)
  return sold.find(({ source }) => source === LIVE) ?? sold[0] ?? days[0]
}
