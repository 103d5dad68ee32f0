/** Command: drops what the warehouse has loaded from blocks, and loads it again from the lake. See docs/rebuild.md. */
import { createInterface } from 'node:readline/promises'
import { IngestAccess, ingest } from '@shelfcast/platform/parts/ingest'
import { createCommand, runCommand, withJsonOption, withStackOptions } from '@shelfcast/runtime/command'
import {
  KafkaEnvironment,
  LakeEnvironment,
  readEnvironment,
  ServiceEnvironment,
  WarehouseEnvironment,
} from '@shelfcast/runtime/environment'
import { createLake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import { createPatience, listens } from '@shelfcast/runtime/patience'
import { patientLake } from '@shelfcast/runtime/patient-lake'
import { createWarehouse } from '@shelfcast/warehouse/client'
import { patientWarehouse } from '@shelfcast/warehouse/patient'
import { Type } from 'typebox'
import { holdLoading } from './rebuild/hold.ts'
import { createBar, table } from './rebuild/report.ts'
import { rebuildWarehouse, SOURCES, type Source } from './rebuild/run.ts'

const patience = createPatience()

interface RebuildArguments {
  from?: Source
  yes: boolean
  json: boolean
}

const command = createCommand(
  'rebuild',
  'Empties the fact tables, their aggregates, the dead letters and the ledger, and loads every block of the lake again. ' +
    'A running ingest goes on landing blocks and waits with loading. History and reference data stay as they are.',
)
await runCommand(
  withJsonOption(withStackOptions(command))
    .addOption(
      command
        .createOption(
          '--from <source>',
          'curated takes what the curated tables hold from them and the rest from blocks, and so it is by itself where ' +
            'blocks have expired; raw takes all from blocks',
        )
        .choices(SOURCES),
    )
    .option('--yes', 'do not ask', false)
    .action(async ({ from, yes, json }: RebuildArguments) => {
      if (yes || (await isAgreed())) process.exitCode = (await patience.guard(rebuild(from, json))) ? 0 : 1
    }),
)
// A Kafka client whose broker did not come back would go on trying.
process.exit()

async function isAgreed(): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new Error('A rebuild empties the warehouse first. Say that you mean it: npm run rebuild -- --yes')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(
    'This empties the fact tables, their aggregates, the dead letters and the ledger, and loads them again from the lake. Dashboards show less until it is done. Go on? [y/N] ',
  )
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}

/** @returns whether the warehouse came out as it was */
async function rebuild(from: Source | undefined, json: boolean): Promise<boolean> {
  const { INGEST_GROUP } = ingest.environment.properties
  const environment = readEnvironment(
    Type.Object({
      ...ServiceEnvironment.properties,
      ...KafkaEnvironment.properties,
      ...LakeEnvironment.properties,
      ...WarehouseEnvironment.properties,
      ...IngestAccess.properties,
      INGEST_GROUP,
    }),
  )
  const log = createLog('rebuild', 'warn')
  const warehouse = patientWarehouse(
    createWarehouse({
      url: environment.CLICKHOUSE_URL,
      user: environment.CLICKHOUSE_USER,
      password: environment.CLICKHOUSE_PASSWORD,
      application: 'rebuild',
    }),
    patience,
  )
  const hold = await holdLoading({
    brokers: environment.KAFKA_BROKERS,
    group: environment.INGEST_GROUP,
    ingestUrl: environment.INGEST_URL.replace(/\/+$/, ''),
    log,
    patience,
    onKafkaAway: () =>
      patience.watch('kafka', () => listens(`kafka://${environment.KAFKA_BROKERS.split(',')[0]}`)),
  })
  const bar = createBar()
  const startTime = performance.now()
  try {
    const result = await rebuildWarehouse({
      lake: patientLake(createLake(environment), patience),
      warehouse,
      from,
      onProgress: bar.update,
    })
    bar.stop()
    const seconds = (performance.now() - startTime) / 1_000
    process.stdout.write(`${table(result)}\nIn ${seconds.toFixed(1)} s.\n`)
    if (json) process.stdout.write(`${JSON.stringify({ ...jsonOf(result), seconds })}\n`)
    return result.isEqual
  } finally {
    bar.stop()
    await hold.release()
    await warehouse.close()
  }
}

function jsonOf({ before, after, isEqual, source, rowsAdded }: Awaited<ReturnType<typeof rebuildWarehouse>>) {
  return { equal: isEqual, source, rows_added: rowsAdded, before, after }
}
