/** Plain statistics of counts, the same for the twin and for real data. */

export function sum(values: ArrayLike<number>): number {
  let total = 0
  for (let index = 0; index < values.length; index++) total += values[index]!
  return total
}

export function mean(values: ArrayLike<number>): number {
  return sum(values) / values.length
}

/** Sample variance, with n - 1. */
export function variance(values: ArrayLike<number>): number {
  const centre = mean(values)
  let squares = 0
  for (let index = 0; index < values.length; index++) squares += (values[index]! - centre) ** 2
  return squares / (values.length - 1)
}

/** Linear between the two nearest values (type 7 of Hyndman and Fan). NaN when there are none. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort()
  const at = share * (sorted.length - 1)
  const low = sorted[Math.floor(at)]
  const high = sorted[Math.ceil(at)]
  return low === undefined || high === undefined ? Number.NaN : low + (high - low) * (at - Math.floor(at))
}

export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [centreA, centreB] = [mean(a), mean(b)]
  let [product, squaresA, squaresB] = [0, 0, 0]
  for (let index = 0; index < a.length; index++) {
    product += (a[index]! - centreA) * (b[index]! - centreB)
    squaresA += (a[index]! - centreA) ** 2
    squaresB += (b[index]! - centreB) ** 2
  }
  return product / Math.sqrt(squaresA * squaresB)
}

/** How often each whole number occurred: index is the number. */
export type Histogram = number[]

export function count(histogram: Histogram, value: number): void {
  histogram[value] = (histogram[value] ?? 0) + 1
}

export function describeHistogram(histogram: Histogram): {
  total: number
  mean: number
  quantile(share: number): number
  share(value: number): number
} {
  let [total, weighted] = [0, 0]
  histogram.forEach((times, value) => {
    total += times
    weighted += times * value
  })
  return {
    total,
    mean: weighted / total,
    quantile(share) {
      let countSoFar = 0
      for (let value = 0; value < histogram.length; value++) {
        countSoFar += histogram[value] ?? 0
        if (countSoFar > 0 && countSoFar >= share * total) return value
      }
      return Number.NaN
    },
    share: (value) => (histogram[value] ?? 0) / total,
  }
}

/** Variance-to-mean ratio of daily counts: 1 for a Poisson count. NaN where nothing was sold. */
export function dispersion(counts: ArrayLike<number>): number {
  return variance(counts) / mean(counts)
}

export type DemandClass = 'smooth' | 'intermittent' | 'erratic' | 'lumpy'

// Syntetos, Boylan and Croston (2005), "On the categorization of demand patterns", JORS 56.
const ADI_LIMIT = 1.32
const CV2_LIMIT = 0.49

/**
 * Class by the average inter-demand interval (days for one with a sale) and the squared coefficient of variation of
 * the sizes of those sales. Undefined below two sales.
 */
export function demandClass(counts: ArrayLike<number>): DemandClass | undefined {
  const sizes: number[] = []
  for (let index = 0; index < counts.length; index++) if (counts[index]! > 0) sizes.push(counts[index]!)
  if (sizes.length < 2) return undefined
  const isRare = counts.length / sizes.length > ADI_LIMIT
  const isUneven = variance(sizes) / mean(sizes) ** 2 >= CV2_LIMIT
  if (isRare) return isUneven ? 'lumpy' : 'intermittent'
  return isUneven ? 'erratic' : 'smooth'
}

/** Share of the total that the largest share of the members makes: 0.2 of the SKUs sell 0.7 of the units. */
export function topShare(totals: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(totals).sort().reverse()
  return sum(sorted.subarray(0, Math.round(sorted.length * share))) / sum(sorted)
}

/**
 * Sizes of baskets of which only a sample of lines was kept, each with the same probability. Sizes are taken as
 * negative binomial, which thinning leaves negative binomial with the same r, and whose successive probabilities
 * give q = mean / (r + mean) and r: P(2)/P(1) = q (r + 1) / 2, P(3)/P(2) = q (r + 2) / 3.
 * @param sample how many baskets showed 1, 2, 3 lines
 * @param sampleShare probability that a line was kept
 */
export function unthinned(sample: Histogram, sampleShare: number): Histogram {
  const first = (2 * sample[2]!) / sample[1]!
  const second = (3 * sample[3]!) / sample[2]!
  const q = second - first
  const r = first / q - 1
  const centre = (r * q) / (1 - q) / sampleShare
  const ratio = centre / (r + centre)
  const sizes: Histogram = [0]
  let probability = 1
  // A basket that nobody saw has no lines, so the sizes begin at 1; to where one in ten million is left.
  for (let size = 1; size < 1_000; size++) {
    probability *= (ratio * (size - 1 + r)) / size
    sizes[size] = probability
  }
  return sizes
}
