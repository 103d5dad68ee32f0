/**
 * Waits for `load` at most `limitMs`. A load that is late goes on in the background; until it has ended no other is
 * begun, and callers are told at once: a part that hangs costs one wait and collects no calls.
 */
export function bounded<T>(limitMs: number, load: () => Promise<T>): () => Promise<T> {
  let running: { result: Promise<T>; late: boolean } | undefined

  return async () => {
    if (!running) {
      const call = { result: load(), late: false }
      running = call
      const clear = () => {
        if (running === call) running = undefined
      }
      call.result.then(clear, clear)
    }
    const current = running
    const overdue = new Error(`no answer within ${limitMs / 1_000} s`)
    if (current.late) throw overdue

    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      current.late = true
      reject(overdue)
    }, limitMs)
    try {
      return await Promise.race([current.result, late])
    } finally {
      clearTimeout(timer)
    }
  }
}
