/** Lets one work run after the other. @returns a function that adds a work and resolves with its result */
export function createTurns() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T> | T): Promise<T> => {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }
}
