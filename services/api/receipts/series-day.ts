/** A day of a series as the warehouse keeps it. */
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import type { Prove } from './hops.ts'

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
}
