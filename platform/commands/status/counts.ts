/**
 * The counts of each stage, each taken from the stage itself: offsets from Kafka, rows from the lake's objects, rows
 * and ledger from the warehouse. So a difference between two of them is a finding, not a copy of a mistake.
 */
import { DEAD_LETTER_STATES, type DeadLetterState } from '@shelfcast/contracts/dead-letters'
import { BLOCK_METADATA } from '@shelfcast/contracts/lake'
import {
  DEAD_LETTER_TOPIC,
  EVENT_TOPICS,
  type EventTopic,
  TOPICS,
  type Topic,
} from '@shelfcast/contracts/topics'
import { DATABASE, DEAD_LETTER_TABLE, FACT_TABLE } from '@shelfcast/contracts/warehouse'
import type { LakeEnvironment } from '@shelfcast/runtime/environment'
import { createKafka, topicOffsets } from '@shelfcast/runtime/kafka'
import { createLake } from '@shelfcast/runtime/lake'
import { listens, type Patience } from '@shelfcast/runtime/patience'
import { patientLake } from '@shelfcast/runtime/patient-lake'
import { createWarehouse } from '@shelfcast/warehouse/client'
import { patientWarehouse } from '@shelfcast/warehouse/patient'
import { readLoadedChains } from '@shelfcast/warehouse/queries/ledger'
import { readerOf } from '@shelfcast/warehouse/queries/rows'
import type { Static } from 'typebox'
import { QUIET } from '../../supervisor/probes.ts'

export interface TopicCounts {
  /** Messages that Kafka holds. */
  messages: number
  lines_accepted: number
  lines_reversed: number
  lines_refused: Record<string, number>
  /** Accepted and refused rows, by the objects of the lake. */
  lake_rows: number
  /** Fact rows and dead letters. */
  warehouse_rows: number
  ledger_blocks: number
}

export interface Counts {
  /** Messages in Kafka that no loaded block covers. */
  lag_messages: number
  dead_letter_messages: number
  dead_letters: Record<DeadLetterState, number>
  topics: Record<EventTopic, TopicCounts>
}

/** Object heads asked for at once: SeaweedFS answers about 2,000 a second. */
const HEADS_AT_ONCE = 32

/** @throws PartAway where one of them is not there for longer than the patience */
export async function countStages(variables: Record<string, string>, patience: Patience): Promise<Counts> {
  const [offsets, lakeRows, warehouse] = await patience.guard(
    Promise.all([
      patience.until('kafka', () => countKafka(variables.KAFKA_BROKERS!, patience)),
      countLake(variables, patience),
      countWarehouse(variables, patience),
    ]),
  )
  const topics = Object.fromEntries(
    EVENT_TOPICS.map((topic) => [
      topic,
      { messages: messagesOf(offsets[topic]), lake_rows: lakeRows[topic], ...warehouse.topics[topic] },
    ]),
  ) as Record<EventTopic, TopicCounts>
  const lag = EVENT_TOPICS.flatMap((topic) =>
    offsets[topic].map(({ partition, low, high }) => {
      const landed = warehouse.ends.get(`${topic}/${partition}`) ?? low
      return Math.max(0, high - Math.max(landed, low))
    }),
  )
  return {
    lag_messages: lag.reduce((total, messages) => total + messages, 0),
    dead_letter_messages: messagesOf(offsets[DEAD_LETTER_TOPIC]),
    dead_letters: warehouse.deadLetters,
    topics,
  }
}

interface PartitionOffsets {
  partition: number
  low: number
  high: number
}

function messagesOf(offsets: readonly PartitionOffsets[]): number {
  return offsets.reduce((total, { low, high }) => total + high - low, 0)
}

async function countKafka(brokers: string, patience: Patience): Promise<Record<Topic, PartitionOffsets[]>> {
  const onAway = () => patience.watch('kafka', () => listens(`kafka://${brokers}`))
  const admin = createKafka({ brokers, clientId: 'status', log: QUIET, onAway }).admin()
  await admin.connect()
  try {
    const entries = await Promise.all(
      TOPICS.map(async (topic) => {
        const partitions = (await topicOffsets(admin, topic)).map(({ partition, low, high }) => ({
          partition,
          low: Number(low),
          high: Number(high),
        }))
        return [topic, partitions]
      }),
    )
    return Object.fromEntries(entries)
  } finally {
    await admin.disconnect()
  }
}

/** Rows of all blocks by topic, as the objects themselves say: independent of the ledger. */
async function countLake(
  variables: Record<string, string>,
  patience: Patience,
): Promise<Record<EventTopic, number>> {
  const lake = patientLake(createLake(variables as Static<typeof LakeEnvironment>), patience)
  const rows = Object.fromEntries(EVENT_TOPICS.map((topic) => [topic, 0])) as Record<EventTopic, number>
  for (const topic of EVENT_TOPICS) {
    const blocks = lake.list('raw', `${topic}/`)[Symbol.asyncIterator]()
    // Workers take turns at one listing, which is never held as a whole.
    const worker = async () => {
      for (let next = await blocks.next(); !next.done; next = await blocks.next()) {
        const metadata = await lake.metadata('raw', next.value.name)
        rows[topic] +=
          Number(metadata?.[BLOCK_METADATA.rowsAccepted] ?? 0) +
          Number(metadata?.[BLOCK_METADATA.rowsRefused] ?? 0)
      }
    }
    await Promise.all(Array.from({ length: HEADS_AT_ONCE }, worker))
  }
  return rows
}

interface WarehouseCounts {
  topics: Record<EventTopic, Omit<TopicCounts, 'messages' | 'lake_rows'>>
  deadLetters: Counts['dead_letters']
  /** First offset that is not in the warehouse, by topic/partition. */
  ends: Map<string, number>
}

async function countWarehouse(
  variables: Record<string, string>,
  patience: Patience,
): Promise<WarehouseCounts> {
  const warehouse = patientWarehouse(
    createWarehouse({
      url: variables.CLICKHOUSE_URL!,
      user: variables.CLICKHOUSE_USER!,
      password: variables.CLICKHOUSE_PASSWORD!,
      application: 'status',
      database: DATABASE,
    }),
    patience,
  )
  const read = readerOf(warehouse)
  try {
    const [facts, letters, states, ledger] = await Promise.all([
      read<{ topic: EventTopic; accepted: number; reversed: number }>(
        EVENT_TOPICS.map(
          (topic) =>
            `select '${topic}' as topic, countIf(${isReturn(topic)} = 0) as accepted, countIf(${isReturn(topic)}) as reversed ` +
            `from ${FACT_TABLE[topic]}`,
        ).join(' union all '),
      ),
      read<{ topic: EventTopic; reason: string; lines: number; letters: number }>(
        `select topic, reason, sum(line_count) as lines, count() as letters from ${DEAD_LETTER_TABLE} ` +
          'group by topic, reason order by lines desc',
      ),
      read<{ state: DeadLetterState; letters: number }>(
        'select state, count() as letters from dead_letter_states group by state',
      ),
      readLoadedChains(read),
    ])
    const topics = Object.fromEntries(
      EVENT_TOPICS.map((topic) => {
        const fact = facts.find((row) => row.topic === topic)
        const refused = letters.filter((row) => row.topic === topic)
        const lines_accepted = fact?.accepted ?? 0
        const lines_reversed = fact?.reversed ?? 0
        return [
          topic,
          {
            lines_accepted,
            lines_reversed,
            lines_refused: Object.fromEntries(refused.map(({ reason, lines }) => [reason, lines])),
            warehouse_rows: refused.reduce(
              (total, row) => total + row.letters,
              lines_accepted + lines_reversed,
            ),
            ledger_blocks: ledger
              .filter((row) => row.topic === topic)
              .reduce((total, row) => total + row.blocks, 0),
          },
        ]
      }),
    ) as WarehouseCounts['topics']
    return {
      topics,
      deadLetters: Object.fromEntries(
        DEAD_LETTER_STATES.map((state) => [state, states.find((row) => row.state === state)?.letters ?? 0]),
      ) as Counts['dead_letters'],
      ends: new Map(ledger.map(({ topic, partition, end_offset }) => [`${topic}/${partition}`, end_offset])),
    }
  } finally {
    await warehouse.close()
  }
}

/** Only baskets come back as a whole: a stock movement of kind return is a movement like any other. */
function isReturn(topic: EventTopic): string {
  return topic === 'sales-transactions' ? "(kind = 'return')" : '0'
}
