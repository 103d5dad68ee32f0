/** A topic is deleted and created again, as after a broker lost its disk: its offsets begin with 0 again. */
import { type EventTopic, TOPIC_SETTINGS } from '@shelfcast/contracts/topics'
import { topicOffsets } from '@shelfcast/runtime/kafka'
import { kafkaOf, type StackVariables, until } from '../stack/figures.ts'

export async function recreateTopic(variables: StackVariables, topic: EventTopic): Promise<void> {
  const admin = kafkaOf(variables).admin()
  await admin.connect()
  try {
    await admin.deleteTopics({ topics: [topic] })
    await until(async () => !(await admin.listTopics()).includes(topic), `${topic} deleted`)
    const { partitions, config } = TOPIC_SETTINGS[topic]
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
    await admin.createTopics({
      topics: [{ topic, numPartitions: partitions, replicationFactor: 1, configEntries }],
      waitForLeaders: false,
    })
    // Answered once each partition is led.
    await topicOffsets(admin, topic)
  } finally {
    await admin.disconnect()
  }
}
