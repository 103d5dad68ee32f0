/** Service: the retailer twin, a living grocer whose events go to Kafka. */
import {
  KafkaEnvironment,
  LakeEnvironment,
  port,
  readEnvironment,
  ServiceEnvironment,
} from '@shelfcast/runtime/environment'
import { createKafka } from '@shelfcast/runtime/kafka'
import { createLake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import { startService } from '@shelfcast/runtime/service'
import { Counter, Gauge } from 'prom-client'
import { Type } from 'typebox'
import { createSender, publishReference, sendEvents } from './send.ts'
import { readCheckpoint, writeCheckpoint } from './twin/checkpoint.ts'
import { createTwin, firstPosition, type PlacedEvent, type Position } from './twin/source.ts'

// After a kill the events since the last checkpoint are sent again; the gate knows them by their ids.
const CHECKPOINT_EVERY_MS = 2_000

const environment = readEnvironment(
  Type.Object({
    ...ServiceEnvironment.properties,
    ...KafkaEnvironment.properties,
    ...LakeEnvironment.properties,
    TWIN_PORT: port(8082),
    TWIN_SEED: Type.Integer({ minimum: 0, maximum: 999_999, default: 1 }),
    TWIN_SPEED: Type.Number({
      exclusiveMinimum: 0,
      default: 3_600,
      description: 'seconds of store time in a second: 3600 is an hour a second',
    }),
  }),
)
const log = createLog('twin', environment.LOG_LEVEL)
const service = await startService({ log, host: environment.BIND_HOST, port: environment.TWIN_PORT })
await run().catch((error) => service.stop(error))

async function run(): Promise<void> {
  const { TWIN_SEED: seed, TWIN_SPEED: speed } = environment
  const { sentEvents, storeTime } = createMetrics()
  const lake = createLake(environment)
  const kafka = createKafka({ brokers: environment.KAFKA_BROKERS, clientId: 'twin', log })

  const checkpoint = await readCheckpoint(lake, seed)
  const from = checkpoint ?? firstPosition(Date.now())
  const twin = createTwin(seed, from)
  await publishReference(lake, twin)

  let position = from
  const sender = await createSender<PlacedEvent>({
    kafka,
    onAcknowledged(events) {
      const last = events.at(-1)!
      position = last.next
      storeTime.set(last.event_time / 1000)
      for (const { topic, dirt } of events) sentEvents.inc({ topic, dirt: dirt ?? 'none' })
    },
  })

  let written: Position | undefined
  async function saveCheckpoint(): Promise<void> {
    const current = position
    if (current === written) return
    await writeCheckpoint(lake, seed, current)
    written = current
  }
  let saving = Promise.resolve()
  const timer = setInterval(() => {
    saving = saving
      .then(saveCheckpoint)
      .catch((error) => log.warn({ err: error }, 'checkpoint not written; it is tried again'))
  }, CHECKPOINT_EVERY_MS)

  const stop = new AbortController()
  const sending = sendEvents({ source: twin, sender, speed, signal: stop.signal })
  service.onStop('twin', async () => {
    stop.abort()
    clearInterval(timer)
    await sending
    await saving
    await saveCheckpoint()
    await sender.close()
  })
  sending.catch((error) => service.stop(error))
  log.info(
    { seed, speed, store_time: new Date(from.hour).toISOString(), first_start: checkpoint === undefined },
    'the stores live',
  )
  service.ready()
}

function createMetrics() {
  const registers = [service.registry]
  return {
    sentEvents: new Counter({
      name: 'twin_events_total',
      help: 'Events that Kafka has acknowledged, by topic and by what is wrong with them on purpose.',
      labelNames: ['topic', 'dirt'] as const,
      registers,
    }),
    storeTime: new Gauge({
      name: 'twin_store_time_seconds',
      help: 'Store time of the newest event, in seconds since 1970.',
      registers,
    }),
  }
}
