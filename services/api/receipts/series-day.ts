/** A day of a series as the warehouse keeps it. */
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import type { Prove } from './hops.ts'
import type { ReadObject } from './objects.ts'

/** Source of days that are made of baskets; others are histories. */
export const LIVE = 'live'

export interface SeriesDay {
  /** Pieces, kilograms or litres. */
  units: number
  price: number | null
  promotion_off: number
  promotion_kind: string
  stock_out: number
  source: string
  filled_at: string
}

export interface DaySources {
  read: Reader
  prove: Prove
  readObject: ReadObject
}
