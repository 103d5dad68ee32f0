/** What happens to the topic itself while nobody reads it. */
import { kafkaOf, topicEnds } from '../stack/figures.ts'
import type { Campaign } from './campaign.ts'
import { recreateTopic } from './recreate-topic.ts'

const TOPIC = 'sales-transactions'

/** Messages are produced while nobody reads, and the first of them go before anybody does. */
export async function dropUnread(campaign: Campaign): Promise<void> {
  const { crew, verification, stack } = campaign
  await verification.check()
  await crew.killAll()
  const before = await topicEnds(stack.environment, TOPIC)
  await campaign.produce(300)
  await verification.catchUp()
  const after = await topicEnds(stack.environment, TOPIC)
  const admin = kafkaOf(stack.environment).admin()
  await admin.connect()
  try {
    // kafkajs deletes only in topics that this connection has asked about.
    await admin.fetchTopicOffsets(TOPIC)
    const partitions = [...before].flatMap(([partition, end]) => {
      const count = BigInt(Math.floor(Number(after.get(partition)! - end) / 3))
      return count === 0n ? [] : [{ partition, offset: String(end + count) }]
    })
    await admin.deleteTopicRecords({ topic: TOPIC, partitions })
    for (const { partition, offset } of partitions) {
      const stretch = { begin: Number(before.get(partition)), end: Number(offset) }
      verification.account.drop({ epoch: verification.account.epoch, partition, ...stretch })
    }
  } finally {
    await admin.disconnect()
  }
  await crew.begin()
}

/** As a person does who was told by the error: all of the old life is landed, and the new one gets an epoch. */
export async function recreate({ crew, verification, stack, produce }: Campaign): Promise<void> {
  await verification.check()
  await crew.killAll()
  await recreateTopic(stack.environment, TOPIC)
  await verification.beginEpoch(verification.account.epoch + 1)
  await produce(300)
  await crew.begin({ INGEST_NEW_EPOCH: TOPIC })
}
