/**
 * One shot: creates the topics and buckets that are missing, and gives all of them what retention.json says. Run before
 * the services.
 */
import { ZONES } from '@shelfcast/contracts/lake'
import { retentionOf } from '@shelfcast/contracts/retention'
import { INGEST_GROUP, TOPIC_SETTINGS, TOPICS } from '@shelfcast/contracts/topics'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { createKafka, untilAnswered } from '@shelfcast/runtime/kafka'
import { createLake } from '@shelfcast/runtime/lake'
import { applyLifecycle } from '@shelfcast/runtime/lifecycle'
import { createLog } from '@shelfcast/runtime/log'
import { applyTopicRetention } from '@shelfcast/runtime/topic-retention'
import { provision } from '../parts/provision.ts'

const environment = readEnvironment(provision.environment)
const log = createLog('provision', environment.LOG_LEVEL)
const retention = retentionOf(environment)

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
await applyTopicRetention(admin, retention, log)
// The first question for a group makes Kafka create its offsets topic; asked here, no service has to wait for it.
await untilAnswered(() => admin.fetchOffsets({ groupId: INGEST_GROUP }))
await admin.disconnect()

const lake = createLake(environment)
const created: string[] = []
for (const zone of ZONES) {
  const bucket = lake.bucket(zone)
  if (await lake.client.bucketExists(bucket)) continue
  await lake.client.makeBucket(bucket, environment.S3_REGION)
  created.push(bucket)
}
await applyLifecycle(lake, retention, log)
log.info({ topics: missing, buckets: created }, 'topics and buckets are there')
