/** Forward from a day of a series: the forecasts whose features read it. */
import { daysBetween, isDate } from '@shelfcast/contracts/dates'
import { type Hop, type ReceiptOf, receiptId } from '@shelfcast/contracts/receipts'
import { FEATURE_BUILDS_TABLE, FORECAST_TABLE } from '@shelfcast/contracts/warehouse'
import { badMark, hopOf, instantOf, linksOf, type Page, type Prove, pageOf } from './hops.ts'
import { inputsReading, WINDOW_DAYS } from './reach.ts'

interface Use {
  origin: string
  model_version: string
  role: string
  served: boolean
  feature_hash: string
  unit: string
  days: number
  mean: number
  made_at: string
  built_at: string
}

/** Never since 1970: there is no such build any more. */
const NEVER = '1970'

/** @param loadedAt when the line that is followed came into the warehouse, UTC, as the warehouse writes it */
export async function usesHop(
  prove: Prove,
  { store_id, sku, day }: Omit<ReceiptOf<'uses'>, 'kind'>,
  { limit, after }: Page,
  loadedAt?: string,
): Promise<{ hop: Hop; uses: Use[] }> {
  const parts = { store_id, sku, day }
  const mark = after === undefined ? undefined : parseMark(after)
  const { rows, proof } = await prove<Use>(
    `
    select
        forecasts.origin as origin,
        forecasts.model_version as model_version,
        forecasts.role as role,
        forecasts.served as served,
        forecasts.feature_hash as feature_hash,
        unit,
        days,
        mean,
        made_at,
        builds.built_at as built_at
    from
    (
        select
            origin,
            model_version,
            role,
            served,
            any(feature_hash) as feature_hash,
            any(unit) as unit,
            uniqExact(horizon) as days,
            sum(mean) / count() * uniqExact(horizon) as mean,
            max(made_at) as made_at
        from ${FORECAST_TABLE}
        where origin >= {day:Date}
            and origin < {day:Date} + ${WINDOW_DAYS}
            and store_id = {store_id:String}
            and sku = {sku:String}${
              mark
                ? `
            and (origin, role, model_version) > ({after_origin:Date}, {after_role:String}, {after_version:String})`
                : ''
            }
        group by origin, model_version, role, served
        order by origin, role, model_version
        limit {limit:UInt32}
    ) as forecasts
    left join
    (
        select feature_hash, origin, max(built_at) as built_at
        from ${FEATURE_BUILDS_TABLE}
        where origin >= {day:Date} and origin < {day:Date} + ${WINDOW_DAYS}
        group by feature_hash, origin
    ) as builds on builds.feature_hash = forecasts.feature_hash and builds.origin = forecasts.origin
    order by origin, role, model_version`,
    { ...parts, limit: limit + 1, ...mark },
  )
  const { page, isMore } = pageOf(rows, limit)
  const last = page.at(-1)
  return {
    uses: page,
    hop: hopOf('uses', parts, {
      words:
        page.length === 0
          ? `No forecast of ${sku} in store ${store_id} has read ${day}: a day is over at its store before it is forecast from, and forecasts are kept as long as npm run retention says.`
          : `Forecasts of ${sku} in store ${store_id} from ${page[0]!.origin} on read ${day}: for ${WINDOW_DAYS} days it is in the window of their features.`,
      rows: page.map(({ built_at, made_at, ...use }) => {
        const age = daysBetween(day, use.origin)
        return {
          id: receiptId('forecast', { store_id, sku, origin: use.origin, model_version: use.model_version }),
          figures: {
            ...use,
            age,
            inputs: inputsReading(age, use.model_version),
            made_at: instantOf(made_at),
            built_at: built_at.startsWith(NEVER) ? null : instantOf(built_at),
            // What came after the features were built is in the next ones.
            ...(loadedAt !== undefined && {
              knew_the_line: loadedAt <= (built_at.startsWith(NEVER) ? made_at : built_at),
            }),
          },
        }
      }),
      next: isMore ? [last!.origin, last!.role, last!.model_version].join('~') : null,
      links: linksOf(receiptId('orders', parts)),
      proofs: [proof],
    }),
  }
}

const MARK = /^(\d{4}-\d{2}-\d{2})~([a-z]{1,20})~([A-Za-z0-9][A-Za-z0-9._:-]{0,63})$/

function parseMark(after: string) {
  const match = MARK.exec(after)
  if (!match || !isDate(match[1]!)) throw badMark(after)
  return { after_origin: match[1]!, after_role: match[2]!, after_version: match[3]! }
}
