/** Figures that are more than a part of a digest, and coefficients as people read them. */
import type { Festival } from '../world/world.ts'
import type { Estimate, TwinDigest } from './definition.ts'
import { describeHistogram, sum } from './describe.ts'
import { ALL, type Digest, median } from './digest.ts'
import { type Coefficient, interval } from './regression.ts'
import { seasonStrength } from './seasons.ts'

export function meanLines(baskets: Digest['baskets'], profiles: readonly string[]): number | undefined {
  const histograms = profiles.flatMap((profile) => {
    const sizes = baskets?.sizes.get(profile)
    return sizes ? [describeHistogram(sizes)] : []
  })
  return histograms.length > 0
    ? sum(histograms.map(({ mean, total }) => mean * total)) / sum(histograms.map(({ total }) => total))
    : undefined
}

export function categorySeasons({ months }: Digest): [middle: number, most: number] | undefined {
  const strengths = [...months]
    .filter(([category]) => category !== ALL)
    .map(([, index]) => seasonStrength(index))
  return strengths.length > 1 ? [median(strengths), Math.max(...strengths)] : undefined
}

export function festival({ festivals }: Digest, category: string, name: Festival): number | undefined {
  return festivals.get(category)?.get(name)
}

export function strongest({ festivals }: Digest, name: Festival): number | undefined {
  const uplifts = [...festivals].flatMap(([category, of]) => (category === ALL ? [] : (of.get(name) ?? [])))
  return uplifts.length > 1 ? Math.max(...uplifts) : undefined
}

/** The slow fashion of a product bends its estimate, and no standard error shows it. */
const DRIFT_ERROR = 0.2

/** Certain estimates count more: weights are one over the squared error. */
export function weightedCorrelation(elasticities: TwinDigest['elasticities']): number | undefined {
  if (elasticities.length < 3) return undefined
  const weights = elasticities.map(({ coefficient }) => 1 / (coefficient.error ** 2 + DRIFT_ERROR ** 2))
  const total = sum(weights)
  const centred = (values: number[]) => {
    const centre = sum(values.map((value, i) => value * weights[i]!)) / total
    return values.map((value, i) => (value - centre) * Math.sqrt(weights[i]!))
  }
  const truths = centred(elasticities.map(({ truth }) => truth))
  const estimates = centred(elasticities.map(({ coefficient }) => coefficient.estimate))
  return (
    sum(truths.map((value, i) => value * estimates[i]!)) /
    Math.sqrt(sum(truths.map((v) => v * v)) * sum(estimates.map((v) => v * v)))
  )
}

export function asEstimate(coefficient: Coefficient): Estimate {
  return { value: coefficient.estimate, interval: interval(coefficient) }
}

/** A coefficient on a logarithm, as relative change. */
export function asChange(coefficient: Coefficient): Estimate {
  const [low, high] = interval(coefficient)
  return { value: Math.expm1(coefficient.estimate), interval: [Math.expm1(low), Math.expm1(high)] }
}

export function asFactor(coefficient: Coefficient | undefined): Estimate | undefined {
  if (!coefficient) return undefined
  const [low, high] = interval(coefficient)
  return { value: Math.exp(coefficient.estimate), interval: [Math.exp(low), Math.exp(high)] }
}
