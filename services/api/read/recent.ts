/**
 * A value that is costly to get and may be a little old. Callers within `maxAgeMs` of a load share its result, and
 * callers during a load share that load. A failed load is told to those who waited for it and is not kept.
 */
export function recent<T>(maxAgeMs: number, load: () => Promise<T>): () => Promise<T> {
  let value: { of: T; at: number } | undefined
  let loading: Promise<T> | undefined
  return async () => {
    if (value && performance.now() - value.at < maxAgeMs) return value.of
    loading ??= load()
      .then((of) => {
        value = { of, at: performance.now() }
        return of
      })
      .finally(() => {
        loading = undefined
      })
    return loading
  }
}
