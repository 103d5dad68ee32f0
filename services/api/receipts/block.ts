/** The block that holds an offset: the ledger's row, the object in the lake, and what Kafka still has. */
import { BLOCK_METADATA, type Chain } from '@shelfcast/contracts/lake'
import { type Figures, type Hop, type ReceiptOf, receiptId } from '@shelfcast/contracts/receipts'
import type { Topic } from '@shelfcast/contracts/topics'
import { LEDGER_TABLE } from '@shelfcast/contracts/warehouse'
import { reasonOf } from '../http/errors.ts'
import type { PartitionRange } from '../pipeline/broker.ts'
import { hopOf, instantOf, linksOf, type Prove, proofOf } from './hops.ts'
import type { ReadObject } from './objects.ts'

export interface BlockSources {
  prove: Prove
  readObject: ReadObject
  /** What the broker holds; throws when it does not answer. */
  ranges: () => Promise<Map<Topic, PartitionRange[]>>
}

export interface BlockRow {
  key: string
  begin_offset: number
  end_offset: number
  messages: number
  rows_accepted: number
  rows_refused: number
  offsets_missing: number
  bytes: number
  topic_id: string
  /** The warehouse's text, UTC. */
  loaded_at: string
  /** Of the newest topic of this name. */
  last_epoch: number
}

export async function blockHop(
  sources: BlockSources,
  { topic, epoch, partition, offset }: Omit<ReceiptOf<'block'>, 'kind'>,
): Promise<{ hop: Hop; block: BlockRow | undefined }> {
  const parts = { topic, epoch, partition, offset }
  const { rows, proof } = await sources.prove<BlockRow>(
    `
    select
        key,
        begin_offset,
        end_offset,
        messages,
        rows_accepted,
        rows_refused,
        offsets_missing,
        bytes,
        topic_id,
        loaded_at,
        (select max(epoch) from ${LEDGER_TABLE} where topic = {topic:String}) as last_epoch
    from ${LEDGER_TABLE}
    where topic = {topic:String}
        and epoch = {epoch:Int32}
        and partition = {partition:Int32}
        and begin_offset <= {offset:Int64}
        and end_offset > {offset:Int64}
    limit 1`,
    parts,
  )
  const [block] = rows
  const kafka = await kafkaFacts(sources, parts, block?.last_epoch)
  const kafkaProof = proofOf('kafka', `${topic} partition ${partition} offset ${offset}`)
  if (!block) {
    const missing = `The ledger names no block of ${topic}, partition ${partition}, that holds offset ${offset}: nothing was sent there, or it is not loaded yet. GET /api/v1/pipeline says how far each topic is.`
    return {
      block,
      hop: hopOf('block', parts, {
        words: 'No block.',
        figures: kafka.figures,
        proofs: [proof, kafkaProof],
        missing,
      }),
    }
  }
  const { last_epoch: _, loaded_at, key, ...ledger } = block
  const object = await objectFacts(sources.readObject, block)
  return {
    block,
    hop: hopOf('block', parts, {
      words: `Offset ${offset} of ${topic}, partition ${partition}, is in ${key}, with the offsets from ${block.begin_offset} to ${block.end_offset - 1}.`,
      figures: { key, ...ledger, loaded_at: instantOf(loaded_at), ...object.figures, ...kafka.figures },
      links: linksOf(receiptId('line', { topic, epoch, partition, offset, line_no: 0 })),
      proofs: [proof, proofOf('lake', key), kafkaProof],
      missing: object.missing ?? kafka.missing,
    }),
  }
}

interface Findings {
  figures: Figures
  missing: string | null
}

/** A lake that is away leaves the rest of the answer as it is. */
async function objectFacts(readObject: ReadObject, { key, ...block }: BlockRow): Promise<Findings> {
  const name = key.slice(key.indexOf('/') + 1)
  try {
    const object = await readObject('raw', name)
    if (!object)
      return {
        figures: { in_lake: false },
        missing: `The lake has no object ${key} any more: its retention has ended (npm run retention), or somebody removed it.`,
      }
    const { bytes, etag, metadata } = object
    const isSame =
      bytes === block.bytes &&
      Number(metadata[BLOCK_METADATA.begin]) === block.begin_offset &&
      Number(metadata[BLOCK_METADATA.end]) === block.end_offset
    return { figures: { in_lake: true, etag, object_bytes: bytes, same_as_object: isSame }, missing: null }
  } catch (error) {
    return {
      figures: { in_lake: null },
      missing: `The lake did not answer, so ${key} was not looked at: ${reasonOf(error)}. Start it, then ask again.`,
    }
  }
}

/** Offsets of a topic that was deleted mean nothing in the one that has its name now. */
async function kafkaFacts(
  { ranges }: BlockSources,
  { topic, epoch, partition, offset }: Record<keyof Chain | 'offset', string>,
  lastEpoch: number | undefined,
): Promise<Findings> {
  if (lastEpoch !== undefined && Number(epoch) < lastEpoch)
    return {
      figures: { in_kafka: false },
      missing: null,
    }
  try {
    const range = (await ranges()).get(topic as Topic)?.find((one) => one.partition === Number(partition))
    if (!range) return { figures: { in_kafka: false }, missing: null }
    const { low, high } = range
    return {
      figures: {
        in_kafka: Number(offset) >= low && Number(offset) < high,
        kafka_first_offset: low,
        kafka_next_offset: high,
      },
      missing: null,
    }
  } catch (error) {
    return {
      figures: { in_kafka: null },
      missing: `Kafka did not answer, so it is not known whether it still has the offset: ${reasonOf(error)}. Start it, then ask again.`,
    }
  }
}
