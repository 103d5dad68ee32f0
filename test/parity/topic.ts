/** A dirty topic: the twin's messages with their faults, and worse ones among them. The same seed gives the same bytes. */
import { SimpleFaker } from '@faker-js/faker'
import { dayOf } from '@shelfcast/contracts/dates'
import {
  EVENT_TOPICS,
  type EventTopic,
  HEADERS,
  SCHEMA_VERSION,
  type Topic,
} from '@shelfcast/contracts/topics'
import { publishReference } from '@shelfcast/datagen/send'
import { createConditions } from '@shelfcast/datagen/sim/conditions'
import { PLAIN_POLICY } from '@shelfcast/datagen/sim/model'
import type { SourceEvent } from '@shelfcast/datagen/source'
import { createLive } from '@shelfcast/datagen/till/live'
import { createPreset } from '@shelfcast/datagen/world/presets'
import { toReference } from '@shelfcast/datagen/world/reference'
import { PARTITIONER } from '@shelfcast/runtime/kafka'
import { kafkaOf, lakeOf, type StackVariables } from '../stack/figures.ts'

const FIRST_DAY = '2026-01-05'
const REQUEST_BYTES = 800_000
/** Messages of the begin that come again at the end. */
const OLD = 200

export interface TopicMessage {
  topic: EventTopic
  key: string
  value: Buffer | null
  headers: Record<string, string>
}

type Spoil = (message: TopicMessage, random: SimpleFaker) => void

const inText =
  (change: (text: string) => string): Spoil =>
  (message) => {
    message.value = Buffer.from(change(message.value!.toString('latin1')), 'latin1')
  }

const SPOILS: Record<string, Spoil> = {
  cut: (message, random) => {
    message.value = message.value!.subarray(0, random.number.int(message.value!.length))
  },
  'a byte flipped': (message, random) => {
    const bytes = Buffer.from(message.value!)
    bytes[random.number.int(bytes.length - 1)]! ^= 1 << random.number.int(7)
    message.value = bytes
  },
  'no value': (message) => {
    message.value = null
  },
  'of another version': (message) => {
    message.headers[HEADERS.schema] = `${message.topic}/9`
  },
  'without headers': (message) => {
    delete message.headers[HEADERS.schema]
    delete message.headers[HEADERS.producedAt]
  },
  'sent by a clock that is none': (message) => {
    message.headers[HEADERS.producedAt] = 'yesterday'
  },
  'of a store that nobody knows': inText((text) =>
    text.replace(/"store_id":"[^"]*"/, '"store_id":"NOWHERE"'),
  ),
  'of an article that nobody knows': inText((text) => text.replace(/"sku":"[^"]*"/, '"sku":"P-NONE"')),
  'a price below 0': inText((text) => text.replace(/"unit_price":\d+/, '"unit_price":-5')),
  'a quantity of 0': inText((text) => text.replace(/"quantity":-?\d+/, '"quantity":0')),
  'a number in another form': inText((text) => text.replace(/"quantity":(-?\d+)/, '"quantity":$1.0')),
  'a discount above the price': inText((text) => text.replace(/"discount":\d+/, '"discount":999999')),
  'a month that is none': inText((text) =>
    text.replace(/"event_time":"(\d{4})-\d\d/, '"event_time":"$1-02-31'),
  ),
  'of another century': inText((text) => text.replace(/"event_time":"20/, '"event_time":"19')),
  'an hour early': inText((text) => text.replace(/("event_time":"[^T]*T)\d\d/, '$100')),
  'a unit that nobody sells in': inText((text) => text.replace(/"unit":"[^"]*"/, '"unit":"barrel"')),
  'a field too many': inText((text) => text.replace('{', '{"note":"é\\u00e9",')),
  'spaces and escapes': inText((text) => text.replaceAll(':', ' : ').replace('"kind"', '"\\u006bind"')),
  'corrected and sent again': (message) => {
    message.headers[HEADERS.replayOf] = `${message.topic}/0/1/1`
  },
  'sent again as a whole': (message) => {
    message.headers[HEADERS.replayOf] = `${message.topic}/0/1/0`
  },
}
export const SPOILT_KINDS = Object.keys(SPOILS)

/**
 * @param baskets how many there are at least
 * @param spoiltEvery one message in so many is made worse than the twin makes it
 */
export function dirtyTopic(baskets: number, seed: number, spoiltEvery = 50): TopicMessage[] {
  const live = createLive(
    { conditions: createConditions(createPreset('small'), seed), policy: PLAIN_POLICY, run: 'PARITY' },
    { day: dayOf(FIRST_DAY) },
  )
  const random = new SimpleFaker()
  random.seed(seed)
  const messages: TopicMessage[] = []
  let sales = 0
  let number = 0
  // Each kind of dirt meets each topic.
  const turns = new Map<EventTopic, number>()
  while (sales < baskets) {
    for (const event of live.hour().events) {
      if (event.topic === 'sales-transactions') sales++
      const message = messageOf(event, FIRST_PRODUCED_MS + number++)
      const turn = turns.get(event.topic) ?? 0
      turns.set(event.topic, turn + 1)
      if (turn % spoiltEvery === 0) {
        // The right one comes too, before or after it.
        const spoilt = { ...message, headers: { ...message.headers } }
        SPOILS[SPOILT_KINDS[(turn / spoiltEvery) % SPOILT_KINDS.length]!]!(spoilt, random)
        messages.push(...(random.datatype.boolean() ? [message, spoilt] : [spoilt, message]))
      } else messages.push(message)
    }
  }
  // What was accepted long ago comes once more.
  return [...messages, ...messages.slice(0, OLD)]
}

/** The same for whoever asks in this process, and not so long ago that Kafka lets go of it. */
const FIRST_PRODUCED_MS = Date.now()

function messageOf({ topic, store_id, value }: SourceEvent, producedAt: number): TopicMessage {
  return {
    topic,
    key: store_id,
    // The twin uses its memory again.
    value: Buffer.from(value),
    headers: { [HEADERS.schema]: SCHEMA_VERSION[topic], [HEADERS.producedAt]: String(producedAt) },
  }
}

/** Publishes the twin's stores and products, and sends the messages in their order. */
export async function sendTopic(variables: StackVariables, messages: readonly TopicMessage[]): Promise<void> {
  await publishReference(lakeOf(variables), {
    name: 'twin',
    reference: async () => toReference(createPreset('small')),
  })
  const producer = kafkaOf(variables).producer({ createPartitioner: PARTITIONER, idempotent: true })
  await producer.connect()
  let batch: TopicMessage[] = []
  let bytes = 0
  const flush = async () => {
    const topicMessages = EVENT_TOPICS.map((topic: Topic) => ({
      topic,
      messages: batch
        .filter((message) => message.topic === topic)
        .map(({ key, value, headers }) => ({ key, value, headers, timestamp: String(FIRST_PRODUCED_MS) })),
    })).filter((each) => each.messages.length > 0)
    await producer.sendBatch({ acks: -1, topicMessages })
    batch = []
    bytes = 0
  }
  for (const message of messages) {
    const size = (message.value?.length ?? 0) + 200
    if (bytes + size > REQUEST_BYTES) await flush()
    batch.push(message)
    bytes += size
  }
  await flush()
  await producer.disconnect()
}
