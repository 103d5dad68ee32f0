/** Addresses, health, and the counts of each stage of a running stack. */
import { createCommand, withJsonOption, withStackOptions } from '@shelfcast/runtime/command'
import {
  createPatience,
  fixOf,
  nameOf,
  PartAway,
  type Patience,
  patienceOptions,
} from '@shelfcast/runtime/patience'
import type { Command } from 'commander'
import { dataFolder } from '../../state/layout.ts'
import { readStack, stackEnvironment } from '../../state/stack.ts'
import { type Counts, countStages } from './counts.ts'
import { checkHealth, type Health } from './health.ts'
import { type Status, table } from './table.ts'

/** People look here when something is broken: long enough for most restarts, and no longer. */
const STATUS_WAIT_S = 5

interface StatusArguments {
  data?: string
  wait?: number
  json: boolean
}

export function statusCommand(): Command {
  const command = createCommand(
    'status',
    'Shows addresses, health, and the counts of each stage of the running stack. Exits with 1 when a part is down.',
  )
  return withJsonOption(withStackOptions(command, STATUS_WAIT_S), 'all of it as one JSON object').action(show)
}

async function show({ data, wait = STATUS_WAIT_S, json }: StatusArguments): Promise<void> {
  const dataDir = dataFolder(data)
  const state = readStack(dataDir)
  const variables = stackEnvironment(dataDir)
  const patience = createPatience({ ...patienceOptions(), dataDir, waitS: wait })
  const health = await checkHealth(state, variables, patience)
  const { counts, shortfall } = await countsOf(health, dataDir, variables, patience)
  const status: Status = { addresses: state.addresses, health, ...counts }
  process.stdout.write(json ? `${JSON.stringify(status)}\n` : table(state, status))
  if (shortfall !== undefined) process.stderr.write(`No counts: ${shortfall}\n`)
  process.exitCode = counts && Object.values(health).every(({ healthy }) => healthy) ? 0 : 1
}

/** @returns what there is, or why there is nothing */
async function countsOf(
  health: Health,
  dataDir: string,
  variables: Record<string, string>,
  patience: Patience,
): Promise<{ counts?: Counts; shortfall?: string }> {
  const away = (['kafka', 'lake', 'warehouse'] as const).filter((name) => !health[name]?.healthy)
  if (away.length > 0)
    return {
      shortfall: away.map((name) => `${nameOf(name)} does not answer. ${fixOf(name, dataDir)}`).join('\n'),
    }
  try {
    return { counts: await countStages(variables, patience) }
  } catch (error) {
    if (error instanceof PartAway) return { shortfall: error.message }
    throw error
  }
}
