/** Measures the twin and the real retailers alike, and holds the twin to the ranges of ranges.ts. */

import type { Digest } from './digest.ts'
import type { RainEffect } from './rain.ts'
import { DEFINITIONS } from './ranges.ts'
import type { Coefficient } from './regression.ts'
import type { Stock } from './twin-days.ts'

export const REAL = ['completeJourney', 'onlineRetail', 'm5'] as const
export type RealName = (typeof REAL)[number]
export type Digests = Partial<Record<RealName, Digest>>

/** share: of a whole; change: relative to usual, 0 is none; factor: times usual. */
export type Unit = 'share' | 'change' | 'factor' | 'days' | 'number'

/** Estimate with its 95% confidence interval. */
export interface Estimate {
  value: number
  interval: [number, number]
}

/** One product: the elasticity that was put in, and what its sales say. */
export interface ElasticityFound {
  sku: string
  category: string
  character: string
  put: number
  found: Coefficient
}

/** What only the twin can tell, for it knows the truth. */
export interface TwinDigest extends Digest {
  elasticities: ElasticityFound[]
  rain: RainEffect
  /** Log change for a day that rains through, by category of which rain changes the demand. */
  rainByCategory: { category: string; put: number; found: Coefficient }[]
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

export interface Figure {
  group: string
  name: string
  unit: Unit
  /** Absent where the time or the world is too small for it. */
  twin?: number
  interval?: [number, number]
  real: Partial<Record<RealName, number>>
  range: [number, number]
  because: string
  apart?: string
  verdict: 'ok' | 'outside' | 'not measured'
}

export function measure(twin: TwinDigest, real: Digests): Figure[] {
  return DEFINITIONS.map(({ of, ofTwin, ...definition }) => {
    const found = ofTwin ? ofTwin(twin) : of?.(twin)
    const value = numberIn(found)
    const range = typeof definition.range === 'function' ? definition.range(twin) : definition.range
    const [low, high] = range
    const ofReal: Figure['real'] = {}
    for (const name of REAL) {
      const digest = real[name]
      const measured = digest && numberIn(of?.(digest))
      if (measured !== undefined) ofReal[name] = measured
    }
    return {
      ...definition,
      ...(value !== undefined && { twin: value }),
      ...(typeof found === 'object' && { interval: found.interval }),
      range,
      real: ofReal,
      verdict: value === undefined ? 'not measured' : value >= low && value <= high ? 'ok' : 'outside',
    }
  })
}

function numberIn(found: number | Estimate | undefined): number | undefined {
  const value = typeof found === 'object' ? found.value : found
  return value !== undefined && Number.isFinite(value) ? value : undefined
}
