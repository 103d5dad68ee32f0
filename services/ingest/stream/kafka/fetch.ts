/** One fetch request: many partitions in, the bytes of their record batches out. Kafka protocol, Fetch version 13. */
import { type Connection, createAPI, listOffsetsV8, type Reader, Writer } from '@platformatic/kafka'
import type { Lease } from './leases.ts'
import { type Aborted, Records } from './records.ts'
import { leaseOf } from './wire.ts'

const FETCH_KEY = 1
/** The first version that names topics by their id: a topic that was created again is an error and not a surprise. */
const FETCH_VERSION = 13
const READ_COMMITTED = 1

export const KAFKA_ERROR = {
  offsetOutOfRange: 1,
  unknownTopicId: 100,
} as const

/** Where a fetch goes on in a partition. */
export interface FetchPosition {
  topicId: string
  partition: number
  offset: number
  maxBytes: number
}

export interface FetchedPartition {
  topicId: string
  partition: number
  /** Code of the Kafka protocol; 0 when all is well. */
  error: number
  /** Offset that the next message will have. */
  highWatermark: number
  records: Records
}

export interface FetchLimits {
  /** How long the broker waits for a first message, in milliseconds. */
  waitMs: number
  maxBytes: number
}

function createRequest(positions: readonly FetchPosition[], limits: FetchLimits): Writer {
  const topics = [...Map.groupBy(positions, ({ topicId }) => topicId)]
  return Writer.create()
    .appendInt32(-1)
    .appendInt32(limits.waitMs)
    .appendInt32(1)
    .appendInt32(limits.maxBytes)
    .appendInt8(READ_COMMITTED)
    .appendInt32(0)
    .appendInt32(-1)
    .appendArray(topics, (writer, [topicId, partitions]) => {
      writer.appendUUID(topicId).appendArray(partitions, (each, { partition, offset, maxBytes }) => {
        each
          .appendInt32(partition)
          .appendInt32(-1)
          .appendInt64(BigInt(offset))
          .appendInt32(-1)
          .appendInt64(-1n)
          .appendInt32(maxBytes)
      })
    })
    .appendArray([], () => undefined)
    .appendString('')
    .appendTaggedFields()
}

interface Answer {
  error: number
  partitions: Omit<FetchedPartition, 'records'>[]
  bytes: Buffer[]
  /** Where all the bytes lie. */
  lease: Lease | undefined
  aborted: Aborted[][]
}

function parseAnswer(_correlation: number, _key: number, _version: number, reader: Reader): Answer {
  reader.readInt32()
  const lease = leaseOf(reader)
  const answer: Answer = { error: reader.readInt16(), partitions: [], bytes: [], lease, aborted: [] }
  reader.readInt32()
  reader.readArray((topic) => {
    const topicId = topic.readUUID()
    topic.readArray((each) => {
      const partition = each.readInt32()
      const error = each.readInt16()
      const highWatermark = Number(each.readInt64())
      each.readInt64()
      each.readInt64()
      const aborted =
        each.readNullableArray((transaction) => ({
          producerId: Number(transaction.readInt64()),
          firstOffset: Number(transaction.readInt64()),
        })) ?? []
      each.readInt32()
      const size = Math.max(0, each.readUnsignedVarInt() - 1)
      // Not a copy: it is retained until whoever reads it is done.
      lease?.retain()
      answer.bytes.push(each.buffer.slice(each.position, each.position + size))
      each.skip(size)
      answer.partitions.push({ topicId, partition, error, highWatermark })
      answer.aborted.push(aborted)
    })
  })
  return answer
}

const fetchApi = createAPI<[readonly FetchPosition[], FetchLimits], Answer>(
  FETCH_KEY,
  FETCH_VERSION,
  createRequest,
  parseAnswer,
)

/** @throws when the connection fails, or the broker refuses the request as a whole */
export async function fetchPartitions(
  connection: Connection,
  positions: readonly FetchPosition[],
  limits: FetchLimits,
): Promise<FetchedPartition[]> {
  const { error, partitions, bytes, lease, aborted } = await fetchApi.async(connection, positions, limits)
  if (error !== 0) throw new Error(`The broker answers a fetch with error ${error}.`)
  const offsets = new Map(positions.map((each) => [`${each.topicId}/${each.partition}`, each.offset]))
  return partitions.map((partition, index) => ({
    ...partition,
    records: new Records(
      bytes[index]!,
      offsets.get(`${partition.topicId}/${partition.partition}`) ?? 0,
      aborted[index],
      lease,
    ),
  }))
}

const EARLIEST = -2n
const LATEST = -1n

/** What the broker holds of a partition: from `low` to before `high`. The error of a fetch does not say. */
export async function heldOffsets(
  connection: Connection,
  topic: string,
  partition: number,
): Promise<{ low: number; high: number }> {
  const ask = async (timestamp: bigint): Promise<number> => {
    const partitionQuery = { partitionIndex: partition, currentLeaderEpoch: -1, timestamp }
    const answer = await listOffsetsV8.api.async(connection, -1, 0, [
      { name: topic, partitions: [partitionQuery] },
    ])
    return Number(answer.topics[0]!.partitions[0]!.offset)
  }
  return { low: await ask(EARLIEST), high: await ask(LATEST) }
}
