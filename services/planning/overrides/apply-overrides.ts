/** What planners said of the days to come, put in the place of what was forecast. */
import { addDays } from '@shelfcast/contracts/dates'
import type { Override } from '@shelfcast/contracts/overrides'

export type OverrideTerms = Pick<
  Override,
  'id' | 'store_id' | 'sku' | 'category' | 'from' | 'to' | 'factor' | 'units' | 'expires_on'
>

export interface OverrideSeries {
  readonly store_id: string
  readonly sku: string
  readonly category: string
  /** Means of the days 1, 2, ... after the origin, pieces, kilograms or litres. */
  readonly means: readonly number[]
}

export interface EffectiveMeans {
  /**
   * With overrides. Their distribution is that of a forecast of the same mean: sums of them are spread by the band of
   * the new mean, since a planner says how much, not how sure.
   */
  readonly means: readonly number[]
  /** By day: which override changed it, or null. */
  readonly overrides: readonly (number | null)[]
}

/**
 * Of several overrides of a day, the narrowest counts: of a SKU at a store, of a SKU, of a category at a store, of a
 * category; of equally narrow ones the later, which has the greater id. One that expired before the origin changes
 * nothing, nor does one of other days or series.
 */
export function applyOverrides(
  series: OverrideSeries,
  overrides: readonly OverrideTerms[],
  origin: string,
): EffectiveMeans {
  const relevant = overrides.filter((override) => isOf(override, series) && override.expires_on >= origin)
  if (relevant.length === 0) return { means: series.means, overrides: series.means.map(() => null) }
  const winners = series.means.map((_, ahead) => overrideOf(relevant, addDays(origin, ahead + 1)))
  return {
    means: series.means.map((mean, ahead) => effectiveMean(mean, winners[ahead])),
    overrides: winners.map((winner) => winner?.id ?? null),
  }
}

export function effectiveMean(
  mean: number,
  override: Pick<OverrideTerms, 'factor' | 'units'> | undefined,
): number {
  if (!override) return mean
  return override.units ?? mean * (override.factor ?? 1)
}

/** Which counts on a day, of those that are of a series. */
export function overrideOf<Terms extends OverrideTerms>(
  overrides: readonly Terms[],
  day: string,
): Terms | undefined {
  let best: Terms | undefined
  for (const override of overrides) {
    if (day < override.from || day > override.to) continue
    if (best === undefined || isNarrower(override, best)) best = override
  }
  return best
}

export const isOf = (
  { store_id, sku, category }: OverrideTerms,
  series: Pick<OverrideSeries, 'store_id' | 'sku' | 'category'>,
): boolean =>
  (store_id === null || store_id === series.store_id) &&
  (sku === null ? category === series.category : sku === series.sku)

const widthOf = ({ store_id, sku }: OverrideTerms): number =>
  Number(sku === null) * 2 + Number(store_id === null)

function isNarrower(one: OverrideTerms, other: OverrideTerms): boolean {
  const difference = widthOf(one) - widthOf(other)
  return difference === 0 ? one.id > other.id : difference < 0
}
