/** A measurement's end of `inProcess`. */

/** What it is asked to measure. */
export function readTask<T>(): T {
  return JSON.parse(process.argv[2]!) as T
}

/** Answers with its figures, and the most memory that the process had. */
export function answer(figures: Record<string, number>): void {
  // Kilobytes.
  const memory_mb = Math.round(process.resourceUsage().maxRSS / 1024)
  process.stdout.write(`${JSON.stringify({ ...figures, memory_mb })}\n`)
}
