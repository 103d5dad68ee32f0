/** What a process has used so far, as the kernel counts it. */
import { existsSync, readFileSync } from 'node:fs'

export interface Usage {
  cpu_s: number
  /** Most that it ever held in memory. */
  peak_mb: number
}

/** USER_HZ: the unit of times in /proc, which Linux fixes at this on every architecture that Node runs on. */
const TICKS_A_SECOND = 100
const NOTHING: Usage = { cpu_s: 0, peak_mb: 0 }

/** @throws on systems without /proc */
export function usageOf(pid: number): Usage {
  if (!existsSync('/proc/self/stat')) {
    throw new Error('CPU time and memory of processes are read from /proc. Run this bench on Linux.')
  }
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name, in brackets, may hold spaces; user and system time are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return {
    cpu_s: (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND,
    peak_mb: Math.round(Number(peak) / 1024),
  }
}

/** Of each process by its name; one that does not run has used nothing. */
export function usagesOf(parts: Record<string, { pid: number | undefined }>): Record<string, Usage> {
  return Object.fromEntries(
    Object.entries(parts).map(([name, { pid }]) => [name, pid === undefined ? NOTHING : usageOf(pid)]),
  )
}

/** CPU that was used between the two, and memory as it was at the end. */
export function since(before: Record<string, Usage>, after: Record<string, Usage>): Record<string, Usage> {
  return Object.fromEntries(
    Object.entries(after).map(([name, { cpu_s, peak_mb }]) => [
      name,
      { cpu_s: cpu_s - (before[name] ?? NOTHING).cpu_s, peak_mb },
    ]),
  )
}

/** The middle one when sorted by a figure; the lower of the two middle ones of an even number. */
export function medianBy<T>(runs: readonly T[], figure: (run: T) => number): T {
  const sorted = [...runs].sort((left, right) => figure(left) - figure(right))
  return sorted[Math.floor((sorted.length - 1) / 2)]!
}
