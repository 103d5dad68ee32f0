/** One shot: creates the topics and buckets that are missing, with their settings. Run before the services. */
import { setTimeout as delay } from 'node:timers/promises'
import { ZONES } from '@shelfcast/contracts/lake'
import { INGEST_GROUP, TOPIC_SETTINGS, TOPICS } from '@shelfcast/contracts/topics'
import kafkajs from 'kafkajs'
import { Type } from 'typebox'
import { KafkaEnvironment, LakeEnvironment, readEnvironment, ServiceEnvironment } from './environment.ts'
import { createKafka } from './kafka.ts'
import { createLake } from './lake.ts'
import { createLog } from './log.ts'

const GROUPS_LIMIT_MS = 30_000

const environment = readEnvironment(
  Type.Object({
    ...ServiceEnvironment.properties,
    ...KafkaEnvironment.properties,
    ...LakeEnvironment.properties,
  }),
)
const log = createLog('provision', environment.LOG_LEVEL)

const admin = createKafka({ brokers: environment.KAFKA_BROKERS, clientId: 'provision', log }).admin()
await admin.connect()
const present = new Set(await admin.listTopics())
const missing = TOPICS.filter((topic) => !present.has(topic))
if (missing.length > 0) {
  await admin.createTopics({
    waitForLeaders: true,
    topics: missing.map((topic) => ({
      topic,
      numPartitions: TOPIC_SETTINGS[topic].partitions,
      replicationFactor: 1,
      configEntries: Object.entries(TOPIC_SETTINGS[topic].config).map(([name, value]) => ({ name, value })),
    })),
  })
}
await untilGroupsAnswer()
await admin.disconnect()

const lake = createLake(environment)
const created: string[] = []
for (const zone of ZONES) {
  const bucket = lake.bucket(zone)
  if (await lake.client.bucketExists(bucket)) continue
  await lake.client.makeBucket(bucket, environment.S3_REGION)
  created.push(bucket)
}
log.info({ topics: missing, buckets: created }, 'topics and buckets are there')

/** The first question for a group makes Kafka create its offsets topic; asked here, no service has to wait for it. */
async function untilGroupsAnswer(): Promise<void> {
  const deadline = Date.now() + GROUPS_LIMIT_MS
  for (;;) {
    try {
      await admin.fetchOffsets({ groupId: INGEST_GROUP })
      return
    } catch (error) {
      // kafkajs asks again by itself elsewhere, but not here.
      const isPassing = error instanceof kafkajs.KafkaJSProtocolError && error.retriable
      if (!isPassing || Date.now() > deadline) throw error
      await delay(100)
    }
  }
}
