/** What the gate knows of the world: published reference data. */
import type { Unit } from '@shelfcast/contracts/events'

export interface StoreFacts {
  timeZone: string
  currency: string
}

export interface ProductFacts {
  kind: 'merchandise' | 'service'
  /** What its list price is for: a piece, a kilogram or a litre. */
  unit: Unit
  /** List price in minor units, where one is published. */
  price?: number
}

export interface World {
  store(id: string): StoreFacts | undefined
  product(sku: string): ProductFacts | undefined
}
