/** How long Kafka keeps messages. */
import type { Retention } from '@shelfcast/contracts/retention'
import { keptFor, TOPICS, type Topic } from '@shelfcast/contracts/topics'
import type { Admin } from 'kafkajs'
import kafkajs from 'kafkajs'
import { untilAnswered } from './kafka.ts'
import type { Logger } from './log.ts'

const { ConfigResourceTypes, ConfigSource } = kafkajs
const NAME = 'retention.ms'

interface Change {
  topic: Topic
  /** All settings that are the topic's own, with the retention that it is to have. */
  settings: Map<string, string>
}

/** Topics that have another retention than they are to have. */
export async function topicsToChange(admin: Admin, retention: Retention): Promise<Change[]> {
  const { resources } = await untilAnswered(() =>
    admin.describeConfigs({
      includeSynonyms: false,
      resources: TOPICS.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
    }),
  )
  return resources.flatMap(({ resourceName, configEntries }) => {
    const target = keptFor(retention.topics[resourceName]!.days)[NAME]
    if (configEntries.find(({ configName }) => configName === NAME)?.configValue === target) return []
    const own = configEntries.filter(({ configSource }) => configSource === ConfigSource.TOPIC_CONFIG)
    const settings = new Map(own.map(({ configName, configValue }) => [configName, configValue]))
    return [{ topic: resourceName as Topic, settings: settings.set(NAME, target) }]
  })
}

/**
 * Gives each topic its retention, where that is not what it has; other settings of the topic stay.
 * @returns topics that were changed
 */
export async function applyTopicRetention(admin: Admin, retention: Retention, log: Logger): Promise<Topic[]> {
  const changes = await topicsToChange(admin, retention)
  if (changes.length === 0) return []
  await untilAnswered(() =>
    admin.alterConfigs({
      validateOnly: false,
      // Kafka puts every setting that is left out back to its default.
      resources: changes.map(({ topic, settings }) => ({
        type: ConfigResourceTypes.TOPIC,
        name: topic,
        configEntries: [...settings].map(([name, value]) => ({ name, value })),
      })),
    }),
  )
  const topics = changes.map(({ topic }) => topic)
  log.info({ topics }, 'retention of topics changed')
  return topics
}
