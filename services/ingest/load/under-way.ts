/** Fault injection in the middle of a request: a moment after it began, and before its answer is looked at in any case. */
export async function whileUnderWay<T>(
  afterMs: number,
  tell: () => void,
  work: () => Promise<T>,
): Promise<T> {
  let isTold = false
  const tellOnce = () => {
    if (!isTold) tell()
    isTold = true
  }
  const timer = setTimeout(tellOnce, afterMs)
  try {
    return await work()
  } finally {
    clearTimeout(timer)
    tellOnce()
  }
}
