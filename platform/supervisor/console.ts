/** What `npm start` prints while the stack runs: one readable log of all parts. */
import { styleText } from 'node:util'
import { PARTS } from '../parts/parts.ts'
import { seconds } from '../tools/progress.ts'
import type { Level, LogLine } from './part-log.ts'
import type { Stack } from './supervise.ts'

const COLOURS = ['cyan', 'magenta', 'blue', 'green', 'yellow', 'gray', 'white'] as const
/** A line with the counts, so that a quiet terminal shows life. */
const COUNTS_EVERY_MS = 60_000
const LEVEL_STYLE: Record<Level, 'red' | 'yellow' | 'dim' | 'reset'> = {
  error: 'red',
  warn: 'yellow',
  info: 'reset',
  debug: 'dim',
}

export function createConsole({ verbose, print }: { verbose: boolean; print: (line: string) => void }) {
  let stopping = false

  const show = (part: string, text: string, level: Level) => {
    const colour = COLOURS[PARTS.findIndex((name) => part.startsWith(name))] ?? 'gray'
    const time = new Date().toTimeString().slice(0, 8)
    print(
      `${styleText('dim', time)} ${styleText(colour, part.padEnd(11))} ${styleText(LEVEL_STYLE[level], text)}`,
    )
  }

  return {
    line(part: string, { level, text }: LogLine) {
      // While all stop, parts complain about those that are gone already.
      if (verbose || (!stopping && (level === 'warn' || level === 'error'))) show(part, text, level)
    },
    news(part: string, text: string, level: 'info' | 'warn') {
      show(part, text, level)
    },
    stopping() {
      stopping = true
    },

    /** Addresses, sign-ins and times, when all is ready. */
    summary(stack: Stack, steps: { title: string; seconds: number }[], tookMs: number): string[] {
      const { addresses, secrets } = stack
      const row = (name: string, address: string | undefined, note = '') =>
        address === undefined
          ? []
          : [`  ${name.padEnd(12)} ${address.padEnd(28)} ${styleText('dim', note)}`.trimEnd()]
      const slowest = [...steps].sort((one, other) => other.seconds - one.seconds).slice(0, 4)
      return [
        '',
        styleText('bold', `Shelfcast is up in ${seconds(tookMs)}`),
        styleText(
          'dim',
          `  longest: ${slowest.map((step) => `${step.title} ${step.seconds.toFixed(1)} s`).join(', ')}`,
        ),
        '',
        ...row('Dashboard', addresses.api, 'API reference: /docs'),
        ...row(
          'Warehouse',
          addresses.warehouse,
          `user analyst, password ${secrets.analyst_password} (reads)`,
        ),
        ...row(
          '',
          addresses.warehouse && '',
          `user shelfcast, password ${secrets.warehouse_password} (all rights)`,
        ),
        ...row('Operational', addresses.operational, `password ${secrets.operational_password}`),
        ...row('Kafka', addresses.kafka, 'no sign-in'),
        ...row(
          'Lake (S3)',
          addresses.lake,
          `access key ${secrets.s3_access_key}, secret key ${secrets.s3_secret_key}`,
        ),
        ...row('Lake console', addresses.console, `user admin, password ${secrets.console_password}`),
        '',
        styleText('dim', '  Ctrl-C stops everything. In another terminal: npm run status'),
        '',
      ]
    },

    /** Prints the counts of the API's pipeline state from time to time. */
    countNowAndThen(stack: Stack) {
      const api = stack.addresses.api
      if (api === undefined) return
      setInterval(async () => {
        try {
          const answer = await fetch(`${api}/api/v1/pipeline`, { signal: AbortSignal.timeout(5_000) })
          const state = (await answer.json()) as { topics: Counted[] }
          if (!stopping) show('pipeline', countsLine(state.topics), 'info')
        } catch {
          // The API is being started again, which is told elsewhere.
        }
      }, COUNTS_EVERY_MS).unref()
    },
  }
}

interface Counted {
  messages: number
  lag_messages: number
  lines_accepted: number
  lines_reversed: number
  lines_refused: number
}

function countsLine(topics: readonly Counted[]): string {
  const sum = (name: keyof Counted) =>
    topics.reduce((total, topic) => total + topic[name], 0).toLocaleString('en')
  return (
    `${sum('messages')} messages, ${sum('lines_accepted')} lines accepted, ${sum('lines_reversed')} reversed, ` +
    `${sum('lines_refused')} refused, lag ${sum('lag_messages')}`
  )
}
