/** What a process has used so far, as the kernel counts it. */
import { existsSync, readFileSync } from 'node:fs'

export interface Usage {
  cpu_s: number
  /** Most that it ever held in memory. */
  peak_mb: number
}

/** USER_HZ: the unit of times in /proc, which Linux fixes at this on every architecture that Node runs on. */
const TICKS_A_SECOND = 100

/** @throws on systems without /proc, and when the process has ended */
export function usageOf(pid: number | undefined): Usage {
  if (!existsSync('/proc/self/stat')) {
    throw new Error('CPU time and memory of processes are read from /proc. Run this bench on Linux.')
  }
  if (pid === undefined) throw new Error('A process that is measured has ended. Look at its log.')
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name, in brackets, may hold spaces; user and system time are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user, system] = [fields[11], fields[12]].map(Number)
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return { cpu_s: (user! + system!) / TICKS_A_SECOND, peak_mb: Math.round(Number(peak) / 1024) }
}

/** The middle one when sorted by a figure; the lower of the two middle ones of an even number. */
export function medianBy<T>(runs: readonly T[], figure: (run: T) => number): T {
  const sorted = [...runs].sort((left, right) => figure(left) - figure(right))
  return sorted[Math.floor((sorted.length - 1) / 2)]!
}
