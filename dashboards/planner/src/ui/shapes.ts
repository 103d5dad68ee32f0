/** Share of the largest, in percent, for a bar's width; never below what can be seen of something that is there. */
export function barWidth(value: number, largest: number): number {
  if (value <= 0 || largest <= 0) return 0
  return Math.max(0.5, Math.min(100, (100 * value) / largest))
}

/**
 * Path of a sparkline from left to right inside a box of the given size. The bottom is 0, or the lowest value where
 * returns made one negative.
 */
export function sparkPath(values: readonly number[], width: number, height: number): string {
  if (values.length < 2) return ''
  const least = Math.min(0, ...values)
  const most = Math.max(...values)
  const span = most - least
  const y = (value: number) => (span === 0 ? height : height - ((value - least) / span) * height)
  const step = width / (values.length - 1)
  return values
    .map((value, at) => `${at === 0 ? 'M' : 'L'}${(at * step).toFixed(1)} ${y(value).toFixed(1)}`)
    .join('')
}
