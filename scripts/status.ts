/** `npm run status`: addresses, health, and the counts of each stage of the running stack. */
import { parseArgs, styleText } from 'node:util'
import { patienceEnvironment, secondsOf } from '@shelfcast/platform/commands/command'
import { type Counts, countStages } from '@shelfcast/platform/commands/counts'
import { PARTS, type PartName, partOf } from '@shelfcast/platform/parts/parts'
import { dataFolder } from '@shelfcast/platform/state/layout'
import { readStack, type StackState, stackEnvironment } from '@shelfcast/platform/state/stack'
import {
  brokerAnswers,
  lakeAnswers,
  operationalAnswers,
  serviceIsReady,
} from '@shelfcast/platform/supervisor/probes'
import { NotReady } from '@shelfcast/runtime/away'
import {
  createPatience,
  fixOf,
  nameOf,
  PartAway,
  type Patience,
  patienceOptions,
} from '@shelfcast/runtime/patience'

/** People look here when something is broken: long enough for most restarts, and no longer. */
const WAIT_S = 5

interface Health {
  healthy: boolean
  /** What is wrong, or empty. */
  detail: string
}

interface Status extends Partial<Counts> {
  addresses: StackState['addresses']
  health: Partial<Record<PartName, Health>>
}

try {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      wait: { type: 'string', default: String(WAIT_S) },
      json: { type: 'boolean', default: false },
    },
  })
  const dataDir = dataFolder(values.data)
  const state = readStack(dataDir)
  const variables = stackEnvironment(dataDir)
  const patience = createPatience(patienceOptions(patienceEnvironment(dataDir, secondsOf(values.wait))))
  const health = await checkHealth(state, variables, patience)
  const { counts, shortfall } = await countsOf(health, dataDir, variables, patience)
  const status: Status = { addresses: state.addresses, health, ...counts }
  process.stdout.write(values.json ? `${JSON.stringify(status)}\n` : table(state, status))
  if (shortfall !== undefined) process.stderr.write(`No counts: ${shortfall}\n`)
  process.exitCode = counts && Object.values(health).every(({ healthy }) => healthy) ? 0 : 1
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}
// Clients that gave up waiting for a part may still hold a timer.
process.exit()

/** @returns what there is, or why there is nothing */
async function countsOf(
  health: Status['health'],
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

async function checkHealth(
  state: StackState,
  variables: Record<string, string>,
  patience: Patience,
): Promise<Status['health']> {
  const probes: Record<PartName, () => Promise<boolean>> = {
    kafka: () => brokerAnswers(state.ports.kafka.broker!),
    lake: () => lakeAnswers(variables),
    warehouse: () => serviceIsReady(state.ports.warehouse.http!),
    operational: () =>
      operationalAnswers({ url: variables.OPERATIONAL_URL!, password: variables.OPERATIONAL_PASSWORD! }),
    ingest: () => serviceIsReady(state.ports.ingest.health!),
    spark: () => serviceIsReady(state.ports.spark.health!),
    inference: () => serviceIsReady(state.ports.inference.http!),
    api: () => serviceIsReady(state.ports.api.http!),
    twin: () => serviceIsReady(state.ports.twin.health!),
    jobs: () => serviceIsReady(state.ports.jobs.health!),
  }
  const checked = await Promise.all(
    state.parts.map(async (name): Promise<[PartName, Health]> => {
      let detail = ''
      const look = async () => {
        detail = await faultOf(probes[name])
        if (detail !== '') throw new NotReady(503, detail)
      }
      try {
        await patience.until(name, look)
        return [name, { healthy: true, detail }]
      } catch {
        return [name, { healthy: false, detail }]
      }
    }),
  )
  return Object.fromEntries(checked)
}

/** What is wrong, or empty. */
async function faultOf(probe: () => Promise<boolean>): Promise<string> {
  try {
    return (await probe()) ? '' : 'does not answer that it is ready'
  } catch (error) {
    const cause = (error as Error).cause as Error | undefined
    return cause?.message ?? (error as Error).message
  }
}

function table(
  state: StackState,
  { addresses, health, topics, lag_messages, dead_letter_messages }: Status,
): string {
  const mark = (good: boolean) => (good ? styleText('green', 'ok  ') : styleText('red', 'DOWN'))
  const lines = PARTS.flatMap((name) => {
    const found = health[name]
    if (!found) return []
    return [
      `${mark(found.healthy)}  ${partOf(name).title.padEnd(20)} ${(addresses[name] ?? '').padEnd(26)} ${found.detail}`,
    ]
  })
  lines.push('', `Up since ${state.started_at}, process ${state.pid}`)
  if (topics) {
    lines.push(
      '',
      row(['topic', 'messages', 'accepted', 'reversed', 'refused', 'lake rows', 'warehouse', 'blocks']),
    )
    for (const [name, counts] of Object.entries(topics)) {
      const refused = Object.values(counts.lines_refused).reduce((total, each) => total + each, 0)
      lines.push(
        row([
          name,
          counts.messages,
          counts.lines_accepted,
          counts.lines_reversed,
          refused,
          counts.lake_rows,
          counts.warehouse_rows,
          counts.ledger_blocks,
        ]),
      )
    }
    lines.push(
      '',
      `Lag ${number(lag_messages)} messages, dead-letter topic ${number(dead_letter_messages)} messages`,
    )
    for (const [name, counts] of Object.entries(topics)) {
      for (const [reason, count] of Object.entries(counts.lines_refused)) {
        lines.push(`  refused  ${name.padEnd(20)} ${reason.padEnd(24)} ${number(count).padStart(11)} lines`)
      }
    }
  }
  return `${lines.join('\n')}\n`
}

function row([name, ...figures]: (string | number)[]): string {
  const cells = figures.map((figure) => (typeof figure === 'number' ? number(figure) : figure).padStart(11))
  return `${String(name).padEnd(20)}${cells.join('')}`
}

function number(value: number | undefined): string {
  return (value ?? 0).toLocaleString('en')
}
