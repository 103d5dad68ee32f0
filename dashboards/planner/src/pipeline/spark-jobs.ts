/** Spark jobs as a person reads them. */
import type { PipelineState } from '@shelfcast/contracts/api'
import { bytes, count } from '#format/numbers.ts'
import { duration } from '#format/time.ts'
import type { Tone } from '#ui/tones.ts'

type Job = PipelineState['spark_jobs'][number]

export const JOB_STATES: Record<Job['state'], { text: string; tone: Tone }> = {
  running: { text: 'running', tone: 'good' },
  done: { text: 'done', tone: 'neutral' },
  failed: { text: 'failed', tone: 'bad' },
  silent: { text: 'stopped answering', tone: 'bad' },
}

const TITLES: Record<string, string> = {
  land_stream: 'Landing the stream',
  compact: 'Keeping the curated zone',
}

export function jobTitle(job: string): string {
  return TITLES[job] ?? job.replaceAll('_', ' ')
}

/** Units that end the name of a figure. */
const UNITS: [suffix: string, format: (value: number) => string, words: string][] = [
  ['_per_s', count, ' a second'],
  ['_bytes', bytes, ''],
  ['seconds', (value) => duration(1_000 * value), 'time'],
  ['_ms', duration, ''],
  ['_s', (value) => duration(1_000 * value), ' time'],
]

/** Figures with their names as words: `rows_per_s` is "rows a second". */
export function figuresOf(metrics: Job['metrics']): { metric: string; name: string; value: string }[] {
  return Object.entries(metrics).map(([metric, value]) => {
    if (metric.startsWith('bytes_')) {
      return { metric, name: metric.replace('bytes_', 'size ').replaceAll('_', ' '), value: bytes(value) }
    }
    const unit = UNITS.find(([suffix]) => metric.endsWith(suffix))
    const bare = unit ? metric.slice(0, -unit[0].length) : metric
    const name = `${bare.replaceAll('_', ' ')}${unit?.[2] ?? ''}`
    return { metric, name, value: unit ? unit[1](value) : count(value) }
  })
}
