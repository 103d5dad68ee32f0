/** Two lines of one scale, the second where the first ends. */
export function sparkPair(
  history: readonly number[],
  forecast: readonly number[],
  width: number,
  height: number,
): { history: string; forecast: string; split: number } {
  const days = history.length + forecast.length
  if (days < 2) return { history: '', forecast: '', split: width }
  const most = Math.max(...history, ...forecast, Number.MIN_VALUE)
  const step = width / (days - 1)
  const path = (values: readonly number[], first: number) =>
    values
      .map((value, at) => {
        const x = ((first + at) * step).toFixed(1)
        const y = (height - (Math.max(0, value) / most) * height).toFixed(1)
        return `${at === 0 ? 'M' : 'L'}${x} ${y}`
      })
      .join('')
  return {
    history: path(history, 0),
    forecast: path(forecast, history.length),
    split: Math.max(0, (history.length - 0.5) * step),
  }
}
