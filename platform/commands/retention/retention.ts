/** How long everything is kept, how much there is, and what goes next. */
import { WAIT_S } from '@shelfcast/contracts/patience'
import { retentionOf } from '@shelfcast/contracts/retention'
import { createCommand, withJsonOption, withStackOptions } from '@shelfcast/runtime/command'
import { createPatience, patienceOptions } from '@shelfcast/runtime/patience'
import type { Command } from 'commander'
import { readSettings } from '../../state/configuration.ts'
import { dataFolder } from '../../state/layout.ts'
import { stackEnvironment } from '../../state/stack.ts'
import { type Holding, holdingsOf } from './holdings.ts'

const UNIT = { lake: 'objects', warehouse: 'rows', kafka: 'messages' } as const

interface RetentionArguments {
  data?: string
  wait?: number
  json: boolean
}

export function retentionCommand(): Command {
  const command = createCommand(
    'retention',
    'Says how long everything is kept, how much there is, and what goes next.',
  )
  return withJsonOption(withStackOptions(command)).action(show)
}

async function show({ data, wait = WAIT_S, json }: RetentionArguments): Promise<void> {
  const retention = retentionOf(readSettings())
  const dataDir = dataFolder(data)
  const variables = stackEnvironment(dataDir)
  const patience = createPatience({ ...patienceOptions(), dataDir, waitS: wait })
  const holdings = await patience.guard(holdingsOf(variables, retention, patience))
  process.stdout.write(table(holdings))
  if (json) process.stdout.write(`${JSON.stringify({ holdings })}\n`)
}

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
