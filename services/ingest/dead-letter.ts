/** Copies of refused rows on the dead-letter topic, for those who watch Kafka. The lake holds the originals. */
import { DEAD_LETTER_TOPIC, type EventTopic, HEADERS } from '@shelfcast/contracts/topics'
import type { Message as KafkaMessage, Producer } from 'kafkajs'
import type { Judged } from './gate/gate.ts'
import { decodeParquet } from './parquet.ts'

export interface DeadLetter {
  partition: number
  offset: bigint
  /** Position in the basket; 0 for the whole message. */
  line: number
  reason: string
  detail: string
  payload: Uint8Array
}

// Well under the broker's limit for a request; one message may be as large as the topic allows.
const BATCH_BYTES = 512 * 1024

export function refusedOf(partition: number, judged: readonly Judged[]): DeadLetter[] {
  return judged.flatMap(({ message, rows }) =>
    rows.flatMap((row) =>
      row.reason === undefined
        ? []
        : [
            {
              partition,
              offset: message.offset,
              line: row.line_no,
              reason: row.reason,
              detail: row.detail ?? '',
              payload: row.payload ?? new Uint8Array(),
            },
          ],
    ),
  )
}

/** The refused rows of a block that is in the lake already. */
export function refusedIn(body: Uint8Array): DeadLetter[] {
  const table = decodeParquet(body, ['partition', 'offset', 'line_no', 'reason', 'detail', 'payload'])
  const letters: DeadLetter[] = []
  for (const row of table) {
    if (row.reason === null) continue
    letters.push({
      partition: row.partition,
      offset: row.offset,
      line: row.line_no,
      reason: row.reason,
      detail: row.detail ?? '',
      payload: row.payload ?? new Uint8Array(),
    })
  }
  return letters
}

/** Sends the copies. The key is the position, so a copy that is sent again after a crash is seen to be one. */
export async function sendDeadLetters(
  producer: Producer,
  topic: EventTopic,
  letters: DeadLetter[],
): Promise<void> {
  let batch: KafkaMessage[] = []
  let bytes = 0
  const flush = async () => {
    if (batch.length === 0) return
    await producer.send({ topic: DEAD_LETTER_TOPIC, acks: -1, messages: batch })
    batch = []
    bytes = 0
  }
  for (const letter of letters) {
    if (bytes + letter.payload.byteLength > BATCH_BYTES) await flush()
    batch.push({
      key: `${topic}/${letter.partition}/${letter.offset}/${letter.line}`,
      value: Buffer.from(letter.payload),
      headers: {
        [HEADERS.reason]: letter.reason,
        [HEADERS.originTopic]: topic,
        [HEADERS.originPartition]: String(letter.partition),
        [HEADERS.originOffset]: String(letter.offset),
        [HEADERS.originLine]: String(letter.line),
        detail: letter.detail,
      },
    })
    bytes += letter.payload.byteLength
  }
  await flush()
}
