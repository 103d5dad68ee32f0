/** `npm run retention`: how long everything is kept, how much there is, and what goes next. */
import { parseArgs } from 'node:util'
import { retentionOf } from '@shelfcast/contracts/retention'
import { patienceEnvironment, secondsOf } from '@shelfcast/platform/commands/command'
import { type Holding, holdingsOf } from '@shelfcast/platform/commands/holdings'
import { readSettings } from '@shelfcast/platform/state/configuration'
import { dataFolder } from '@shelfcast/platform/state/layout'
import { stackEnvironment } from '@shelfcast/platform/state/stack'
import { createPatience, patienceOptions } from '@shelfcast/runtime/patience'

const UNIT = { lake: 'objects', warehouse: 'rows', kafka: 'messages' } as const

try {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      wait: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const retention = retentionOf(readSettings())
  const dataDir = dataFolder(values.data)
  const variables = stackEnvironment(dataDir)
  const patience = createPatience(
    patienceOptions(
      patienceEnvironment(dataDir, values.wait === undefined ? undefined : secondsOf(values.wait)),
    ),
  )
  const holdings = await patience.guard(holdingsOf(variables, retention, patience))
  process.stdout.write(table(holdings))
  if (values.json) process.stdout.write(`${JSON.stringify({ holdings })}\n`)
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}
// A Kafka client whose broker did not come back would go on trying.
process.exit()

function table(holdings: readonly Holding[]): string {
  const lines = [row(['', 'keeps', 'oldest', 'count', '', 'MB', 'next may go'])]
  for (const holding of holdings) {
    const { object, where, keeps_days, is_applied, count, bytes, oldest, next_expiry } = holding
    lines.push(
      row([
        object,
        keeps_days === null ? 'all' : `${keeps_days} days`,
        minute(oldest),
        count.toLocaleString('en'),
        UNIT[where],
        bytes === null ? '' : (bytes / 1_000_000).toFixed(1),
        is_applied ? minute(next_expiry) : 'changed: start the stack again',
      ]),
    )
  }
  lines.push(
    '',
    'Times are UTC. A block of the raw zone goes only when the curated zone covers it; the object store looks once a day,',
    'the warehouse when it merges. Why each is kept for so long: services/contracts/retention.json; docs/retention.md.',
  )
  return `${lines.join('\n')}\n`
}

function row([object, keeps, oldest, count, unit, megabytes, next]: string[]): string {
  return `${object!.padEnd(28)}${keeps!.padStart(9)}  ${oldest!.padEnd(16)}${count!.padStart(14)} ${unit!.padEnd(9)}${megabytes!.padStart(10)}  ${next}`.trimEnd()
}

function minute(time: string | null): string {
  return time === null ? '' : time.slice(0, 16).replace('T', ' ')
}
