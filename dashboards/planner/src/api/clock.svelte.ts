import { createSubscriber } from 'svelte/reactivity'

function ticking(everyMs: number): () => number {
  const subscribe = createSubscriber((update) => {
    const timer = setInterval(update, everyMs)
    return () => clearInterval(timer)
  })
  return () => {
    subscribe()
    return Date.now()
  }
}

/** Wall time in milliseconds; what reads it is drawn again each second. */
export const now = ticking(1_000)
/** The same for what should be seen to move; drawn again four times a second. */
export const swiftNow = ticking(250)
