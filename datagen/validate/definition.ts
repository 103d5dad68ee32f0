/** How a figure is defined: what it measures, and in which range it is plausible. */
import type { Digest } from './digest.ts'
import type { RainEffect } from './rain.ts'
import type { Coefficient } from './regression.ts'
import type { Stock } from './twin-days.ts'

/** share: of a whole; change: relative to usual, 0 is none; factor: times usual. */
export type Unit = 'share' | 'change' | 'factor' | 'days' | 'number'

/** Estimate with its 95% confidence interval. */
export interface Estimate {
  value: number
  interval: [number, number]
}

/** One product: the elasticity that was put in, and what its sales say. */
export interface ElasticityEstimate {
  sku: string
  category: string
  character: string
  truth: number
  coefficient: Coefficient
}

/** What only the twin can tell, for it knows the truth. */
export interface TwinDigest extends Digest {
  elasticities: ElasticityEstimate[]
  rain: RainEffect
  /** Log change for a day that rains through, by category of which rain changes the demand. */
  rainByCategory: { category: string; truth: number; coefficient: Coefficient }[]
  stock: Stock
  doubleScans: { baskets: number; doubles: number; rate: number }
}

export interface Definition {
  group: string
  name: string
  unit: Unit
  /** Plausible; for what the world sets, what chance leaves around it. */
  range: [number, number] | ((twin: TwinDigest) => [number, number])
  /** Where the range comes from. */
  because: string
  /** Where real data lie elsewhere, and why. */
  apart?: string
  /** Undefined where the data do not have it. */
  of?(digest: Digest): number | Estimate | undefined
  ofTwin?(twin: TwinDigest): number | Estimate | undefined
}
