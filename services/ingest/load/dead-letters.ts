/** Copies of refused rows on the dead-letter topic, for those who watch Kafka. The lake holds the originals. */
import { positionText } from '@shelfcast/contracts/lake'
import type { RefusedRow } from '@shelfcast/contracts/refusals'
import { DEAD_LETTER_TOPIC, type EventTopic, HEADERS } from '@shelfcast/contracts/topics'
import type { Message as KafkaMessage, Producer } from 'kafkajs'

// Well under the broker's limit for a request; one message may be as large as the topic allows.
const BATCH_BYTES = 512 * 1024
// Bytes of a message beside its payload: key, headers, and what the format adds.
const MESSAGE_BYTES = 512

/** Sends the copies. The key is the position, so a copy that is sent again after a crash is seen to be one. */
export async function sendDeadLetters(
  producer: Producer,
  topic: EventTopic,
  letters: Iterable<RefusedRow> | AsyncIterable<RefusedRow>,
): Promise<void> {
  let batch: KafkaMessage[] = []
  let bytes = 0
  const flush = async () => {
    if (batch.length === 0) return
    await producer.send({ topic: DEAD_LETTER_TOPIC, acks: -1, messages: batch })
    batch = []
    bytes = 0
  }
  for await (const letter of letters) {
    if (bytes + letter.payload.byteLength > BATCH_BYTES) await flush()
    batch.push({
      key: positionText({ topic, ...letter }),
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
    bytes += letter.payload.byteLength + MESSAGE_BYTES
  }
  await flush()
}
