/** What arrived lately, from the pulse tables. Every row is of one currency; currencies are never added. */
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { SPARK_S } from './series.ts'

/** Seconds since 1970; `to` is not included. */
export interface Window {
  from: number
  to: number
}

export const STORE_LIMIT = 500
export const SKU_LIMIT = 10

const parameters = (window: Window) => ({
  from: new Date(window.from * 1_000),
  to: new Date(window.to * 1_000),
})
const inWindow = `bucket >= {from:DateTime('UTC')} and bucket < {to:DateTime('UTC')}`

export interface BucketRow {
  currency: string
  at: number
  baskets: number
  pieces: number
  net_amount: number
}
export const readBuckets = (read: Reader, window: Window) =>
  read<BucketRow>(
    `
    select
        currency,
        toUnixTimestamp(bucket) as at,
        sum(baskets) as baskets,
        sum(pieces) as pieces,
        sum(net_amount) as net_amount
    from baskets_pulse
    where ${inWindow}
    group by currency, bucket`,
    parameters(window),
  )

export interface StoreRow {
  currency: string
  store_id: string
  baskets: number
  pieces: number
  net_amount: number
  /** Points of the spark line that have sales, by position, and their net amounts. */
  positions: number[]
  amounts: number[]
}
export const readStores = (read: Reader, window: Window) =>
  read<StoreRow>(
    `
    select
        currency,
        store_id,
        sum(point_baskets) as baskets,
        sum(point_pieces) as pieces,
        sum(point_amount) as net_amount,
        groupArray(position) as positions,
        groupArray(point_amount) as amounts
    from
    (
        select
            currency,
            store_id,
            intDiv(toUnixTimestamp(bucket) - {start:UInt32}, {step:UInt32}) as position,
            sum(baskets) as point_baskets,
            sum(pieces) as point_pieces,
            sum(net_amount) as point_amount
        from baskets_pulse
        where ${inWindow}
        group by currency, store_id, position
    )
    group by currency, store_id
    order by net_amount desc, store_id
    limit {limit:UInt32} by currency`,
    { ...parameters(window), start: window.from, step: SPARK_S, limit: STORE_LIMIT },
  )

export interface SkuRow {
  currency: string
  sku: string
  pieces: number
  net_amount: number
}
/** Of whole minutes: the one that the window's start cuts is left out. */
export const readTopSkus = (read: Reader, window: Window) =>
  read<SkuRow>(
    `
    select currency, sku, sum(pieces) as pieces, sum(net_amount) as net_amount
    from sales_pulse
    where ${inWindow}
    group by currency, sku
    order by net_amount desc, sku
    limit {limit:UInt32} by currency`,
    { ...parameters(window), limit: SKU_LIMIT },
  )
