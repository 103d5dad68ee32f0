/** What lake, warehouse and Kafka hold of what the retention names: how much, since when, and what goes next. */
import { DAY_MS } from '@shelfcast/contracts/dates'
import type { LakeRule, Retention } from '@shelfcast/contracts/retention'
import { TOPICS } from '@shelfcast/contracts/topics'
import type { LakeEnvironment } from '@shelfcast/runtime/environment'
import { createKafka, topicOffsets } from '@shelfcast/runtime/kafka'
import { createLake, type Lake } from '@shelfcast/runtime/lake'
import { expiresAsSaid } from '@shelfcast/runtime/lifecycle'
import { listens, type Patience } from '@shelfcast/runtime/patience'
import { patientLake } from '@shelfcast/runtime/patient-lake'
import { topicsToChange } from '@shelfcast/runtime/topic-retention'
import { createWarehouse, type Warehouse } from '@shelfcast/warehouse/client'
import { patientWarehouse } from '@shelfcast/warehouse/patient'
import { tableTtls, ttlOf } from '@shelfcast/warehouse/table-retention'
import type { Static } from 'typebox'
import { QUIET } from '../../supervisor/probes.ts'

export interface Holding {
  /** Folder of a zone, table, or topic. */
  object: string
  where: 'lake' | 'warehouse' | 'kafka'
  /** Null: kept. */
  keeps_days: number | null
  /** False: what is kept was changed, and the stack has not been started since. */
  is_applied: boolean
  /** Objects, rows or messages. */
  count: number
  /** Null where the part does not tell. */
  bytes: number | null
  /** UTC; null where there is nothing, and where nothing tells the age. */
  oldest: string | null
  /** When the oldest may go, UTC; null where nothing does. */
  next_expiry: string | null
}

export async function holdingsOf(
  variables: Record<string, string>,
  retention: Retention,
  patience: Patience,
): Promise<Holding[]> {
  const lake = patientLake(createLake(variables as Static<typeof LakeEnvironment>), patience)
  const warehouse = patientWarehouse(
    createWarehouse({
      url: variables.CLICKHOUSE_URL!,
      user: variables.CLICKHOUSE_USER!,
      password: variables.CLICKHOUSE_PASSWORD!,
      application: 'retention',
    }),
    patience,
  )
  try {
    return [
      ...(await inLake(lake, retention)),
      ...(await inWarehouse(warehouse, retention)),
      ...(await patience.until('kafka', () => inKafka(variables.KAFKA_BROKERS!, retention, patience))),
    ]
  } finally {
    await warehouse.close()
  }
}

async function inLake(lake: Lake, retention: Retention): Promise<Holding[]> {
  const folders = Object.values(retention.lake).flatMap((rule) =>
    rule.prefixes.map((prefix) => ({ ...rule, prefix })),
  )
  return Promise.all(
    folders.map(async (folder) => ({
      ...(await inFolder(lake, folder)),
      is_applied: await expiresAsSaid(lake, folder.zone, retention),
    })),
  )
}

async function inFolder(
  lake: Lake,
  { zone, prefix, days }: Pick<LakeRule, 'zone' | 'days'> & { prefix: string },
): Promise<Omit<Holding, 'is_applied'>> {
  let count = 0
  let bytes = 0
  let oldest = Number.POSITIVE_INFINITY
  for await (const { size, modified } of lake.list(zone, prefix)) {
    count++
    bytes += size
    oldest = Math.min(oldest, modified.getTime())
  }
  return {
    object: `${zone}/${prefix}`,
    where: 'lake',
    keeps_days: days,
    count,
    bytes,
    oldest: timeOf(oldest),
    next_expiry: days === null ? null : timeOf(oldest + days * DAY_MS),
  }
}

async function inWarehouse(warehouse: Warehouse, retention: Retention): Promise<Holding[]> {
  const answer = await warehouse.query({
    query: `
      select
          table,
          sum(rows) as rows,
          sum(bytes_on_disk) as bytes,
          toUnixTimestamp(minIf(delete_ttl_info_min, delete_ttl_info_min != 0)) as next
      from system.parts
      where database = currentDatabase() and active
      group by table`,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  })
  const parts = await answer.json<{ table: string; rows: number; bytes: number; next: number }>()
  const ttls = await tableTtls(warehouse)
  return Promise.all(
    [...ttls].sort().map(async ([table, ttl]) => {
      const rule = retention.warehouse[table] ?? retention.warehouse_others
      const { rows = 0, bytes = 0, next = 0 } = parts.find((each) => each.table === table) ?? {}
      const column = 'column' in rule ? rule.column : undefined
      return {
        object: table,
        where: 'warehouse' as const,
        keeps_days: rule.days,
        is_applied: ttl === ttlOf(rule),
        count: rows,
        bytes,
        oldest: column === undefined || rows === 0 ? null : await oldestIn(warehouse, table, column),
        next_expiry: next === 0 ? null : timeOf(next * 1_000),
      }
    }),
  )
}

async function oldestIn(warehouse: Warehouse, table: string, column: string): Promise<string | null> {
  const answer = await warehouse.query({
    query: `select toUnixTimestamp(toDateTime(min(${column}))) as oldest from ${table}`,
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<{ oldest: number }>()
  return row ? timeOf(row.oldest * 1_000) : null
}

async function inKafka(brokers: string, retention: Retention, patience: Patience): Promise<Holding[]> {
  const onAway = () => patience.watch('kafka', () => listens(`kafka://${brokers}`))
  const admin = createKafka({ brokers, clientId: 'retention', log: QUIET, onAway }).admin()
  await admin.connect()
  try {
    const changes = await topicsToChange(admin, retention)
    return await Promise.all(
      TOPICS.map(async (topic) => {
        const offsets = await topicOffsets(admin, topic)
        return {
          object: topic,
          where: 'kafka' as const,
          keeps_days: retention.topics[topic]!.days,
          is_applied: !changes.some((change) => change.topic === topic),
          count: offsets.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0),
          bytes: null,
          oldest: null,
          next_expiry: null,
        }
      }),
    )
  } finally {
    await admin.disconnect()
  }
}

function timeOf(milliseconds: number): string | null {
  return Number.isFinite(milliseconds) ? new Date(milliseconds).toISOString() : null
}
