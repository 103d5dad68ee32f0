/** From a till that sends a basket to the dashboard's stream that counts it: stores of our own, one for each measurement. */
import { setTimeout as delay } from 'node:timers/promises'
import type { StreamMessage } from '@shelfcast/contracts/api'
import { HEADERS, SCHEMA_VERSION } from '@shelfcast/contracts/topics'
import { createKafka, PARTITIONER } from '@shelfcast/runtime/kafka'
import { createLog } from '@shelfcast/runtime/log'
import { createBasket, createRandom, storeOf, TOPIC } from '../ingest/baskets.ts'

/** Rare enough to be no load, often enough to see a stall of a second. */
const SEND_EVERY_MS = 250
/** How long a basket may take before the bench gives up. */
const LOST_MS = 120_000
const LOOK_MS = 50
/** After it the gate knows the stores: it looks for new ones every 2 s. */
const SETTLE_MS = 5_000

export interface Scans {
  /** Sends until `work` has ended. @returns how long each basket took to be shown, in milliseconds */
  during(store: number, work: () => Promise<void>): Promise<number[]>
  close(): Promise<void>
}

export async function openScans(options: { brokers: string; address: string }): Promise<Scans> {
  const log = createLog('bench-scans', 'error')
  const kafka = createKafka({ brokers: options.brokers, clientId: 'bench-scans', log })
  const producer = kafka.producer({ createPartitioner: PARTITIONER })
  await producer.connect()
  const random = createRandom(1)
  /** Baskets of a store that the stream has shown. */
  const counts = new Map<string, number>()
  let onState = (_at: number) => {}
  const socket = new WebSocket(`${options.address.replace(/^http/, 'ws')}/api/v1/stream?channels=live`)
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as StreamMessage
    if (message.channel !== 'live') return
    for (const { store_id, baskets } of message.state.stores) counts.set(store_id, baskets)
    onState(Date.now())
  })
  let number = 0

  async function send(store: number): Promise<void> {
    const at = Date.now()
    const { store_id } = storeOf(store)
    const basket = { ...createBasket(storeOf(store), number++, at, random), kind: 'sale' as const }
    const headers = { [HEADERS.schema]: SCHEMA_VERSION[TOPIC], [HEADERS.producedAt]: String(at) }
    await producer.send({
      topic: TOPIC,
      messages: [{ key: store_id, value: JSON.stringify(basket), headers }],
    })
  }

  return {
    async during(store, work) {
      const { store_id } = storeOf(store)
      const shown = () => counts.get(store_id) ?? 0
      await delay(SETTLE_MS)
      await send(store)
      await until(() => shown() > 0, 'The first basket')
      const before = shown()
      const sent: number[] = []
      const delays: number[] = []
      onState = (at) => {
        while (delays.length < Math.min(sent.length, shown() - before)) delays.push(at - sent[delays.length]!)
      }
      let isOver = false
      const sending: Promise<void>[] = []
      const tills = (async () => {
        while (!isOver) {
          sent.push(Date.now())
          sending.push(send(store))
          await delay(SEND_EVERY_MS)
        }
      })()
      await work().finally(() => {
        isOver = true
      })
      await tills
      await Promise.all(sending)
      await until(() => delays.length === sent.length, 'The last basket')
      onState = () => {}
      return delays
    },
    async close() {
      socket.close()
      await producer.disconnect()
    },
  }
}

async function until(isTrue: () => boolean, what: string): Promise<void> {
  const limit = Date.now() + LOST_MS
  while (!isTrue()) {
    if (Date.now() > limit)
      throw new Error(
        `${what} was not shown within ${LOST_MS / 1_000} s. Look at what ingest and the API log.`,
      )
    await delay(LOOK_MS)
  }
}
