/** The end of a run of tests: which files took longest, what all took, and one plain last line with the counts. */
import type { Reporter, TestModule } from 'vitest/node'

const LONGEST = 10

export interface FileTime {
  file: string
  seconds: number
}

/** Setting up, importing, hooks and tests of a file. */
function secondsOf(module: TestModule): number {
  const { environmentSetupDuration, prepareDuration, collectDuration, setupDuration, duration } =
    module.diagnostic()
  return (environmentSetupDuration + prepareDuration + collectDuration + setupDuration + duration) / 1_000
}

export function longestFiles(times: readonly FileTime[]): FileTime[] {
  return times.toSorted((one, other) => other.seconds - one.seconds).slice(0, LONGEST)
}

function timesText(times: readonly FileTime[], seconds: number): string {
  const lines = longestFiles(times).map(({ file, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${file}`)
  const whole = `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s for ${times.length} files`
  return ['', 'Files that took longest', ...lines, whole, ''].join('\n')
}

export function createTimesReporter(write: (text: string) => void): Reporter {
  let began = 0
  return {
    onTestRunStart() {
      began = performance.now()
    },
    onTestRunEnd(modules) {
      const times = modules.map((module) => ({
        file: module.relativeModuleId,
        seconds: secondsOf(module),
      }))
      // Of one file, vitest has said it.
      if (times.length > 1) write(`${timesText(times, (performance.now() - began) / 1_000)}\n`)
      const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 }
      for (const module of modules)
        for (const test of module.children.allTests()) counts[test.result().state]++
      write(
        `Tests: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped + counts.pending} skipped\n`,
      )
    },
  }
}
