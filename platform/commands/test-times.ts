/** The end of a run of tests: which files took longest, what all took, and one plain last line with the counts. */
import type { Reporter, TestModule } from 'vitest/node'

const LONGEST = 10

export interface FileTime {
  file: string
  seconds: number
}

/** Of setting up, importing, hooks and tests. */
function timeOf(module: TestModule): FileTime {
  const { environmentSetupDuration, prepareDuration, collectDuration, setupDuration, duration } =
    module.diagnostic()
  const milliseconds = environmentSetupDuration + prepareDuration + collectDuration + setupDuration + duration
  return { file: module.relativeModuleId, seconds: milliseconds / 1_000 }
}

/** @param wallSeconds from the begin of the run to its end, of files side by side */
export function timesText(times: readonly FileTime[], wallSeconds: number): string {
  const longest = times.toSorted((one, other) => other.seconds - one.seconds).slice(0, LONGEST)
  const lines = longest.map(({ file, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${file}`)
  const minutes = Math.floor(wallSeconds / 60)
  const whole = `${minutes} min ${Math.floor(wallSeconds % 60)} s for ${times.length} files`
  return ['', 'Files that took longest', ...lines, whole, '', ''].join('\n')
}

export function createTimesReporter(write: (text: string) => void): Reporter {
  let began = 0
  return {
    onTestRunStart() {
      began = performance.now()
    },
    onTestRunEnd(modules) {
      const times = modules.map(timeOf)
      // Of one file, vitest has said it.
      if (times.length > 1) write(timesText(times, (performance.now() - began) / 1_000))
      const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 }
      for (const module of modules)
        for (const test of module.children.allTests()) counts[test.result().state]++
      const skipped = counts.skipped + counts.pending
      write(`Tests: ${counts.passed} passed, ${counts.failed} failed, ${skipped} skipped\n`)
    },
  }
}
