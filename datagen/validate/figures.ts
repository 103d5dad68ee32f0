/** Measures the twin and the real retailers alike, and holds the twin to the ranges of ranges.ts. */

import type { Estimate, TwinDigest, Unit } from './definition.ts'
import type { Digest } from './digest.ts'
import { DEFINITIONS } from './ranges.ts'

export const REAL = ['completeJourney', 'onlineRetail', 'm5'] as const
export type RealName = (typeof REAL)[number]
export type Digests = Partial<Record<RealName, Digest>>

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
    const result = ofTwin ? ofTwin(twin) : of?.(twin)
    const value = numberIn(result)
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
      ...(typeof result === 'object' && { interval: result.interval }),
      range,
      real: ofReal,
      verdict: value === undefined ? 'not measured' : value >= low && value <= high ? 'ok' : 'outside',
    }
  })
}

function numberIn(result: number | Estimate | undefined): number | undefined {
  const value = typeof result === 'object' ? result.value : result
  return value !== undefined && Number.isFinite(value) ? value : undefined
}
