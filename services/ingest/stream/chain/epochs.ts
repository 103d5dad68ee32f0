/**
 * Lives of a topic. A topic that is deleted and created again begins with offset 0 again, and what it holds must not be
 * taken for what the lake holds already: each life is an epoch with chains of its own, told by the id that Kafka gives.
 */
import { type EpochRecord, epochName, epochPrefix } from '@shelfcast/contracts/lake'
import type { EventTopic } from '@shelfcast/contracts/topics'
import type { Lake } from '@shelfcast/runtime/lake'

/** Kafka holds another topic than the one that the lake's chain is of: a person has to look. */
export class EpochError extends Error {
  override name = 'EpochError'
}

/** The newest epoch that the lake knows of a topic, or undefined when it knows none. */
async function newestEpoch(
  lake: Lake,
  topic: EventTopic,
): Promise<(EpochRecord & { epoch: number }) | undefined> {
  let newest: string | undefined
  for await (const { name } of lake.list('raw', epochPrefix(topic))) newest = name
  if (newest === undefined) return undefined
  const record = JSON.parse((await lake.read('raw', newest)).toString('utf8')) as EpochRecord
  return { ...record, epoch: Number(/(\d+)\.json$/.exec(newest)![1]) }
}

/** Records that an epoch begins. @returns false when another was first */
async function beginEpoch(lake: Lake, topic: EventTopic, epoch: number, topicId: string): Promise<boolean> {
  const record: EpochRecord = { topic_id: topicId, since: new Date().toISOString() }
  return lake.create('raw', epochName(topic, epoch), Buffer.from(JSON.stringify(record)))
}

/**
 * Epoch of the topic that Kafka has now; the first one is recorded.
 * @param mayBegin whether a topic that was created again begins an epoch of its own
 * @throws EpochError when the topic was created again and may not
 */
export async function epochOf(
  lake: Lake,
  topic: EventTopic,
  topicId: string,
  mayBegin: boolean,
): Promise<number> {
  for (;;) {
    const newest = await newestEpoch(lake, topic)
    if (newest?.topic_id === topicId) return newest.epoch
    if (newest && !mayBegin) {
      throw new EpochError(
        `Topic ${topic} was deleted and created again: Kafka's topic has the id ${topicId}, the lake's chain (epoch ${newest.epoch}, since ${newest.since}) is of ${newest.topic_id}. Nothing of the new topic is read until you say so: start once with INGEST_NEW_EPOCH=${topic} in the environment or in .env, and it gets epoch ${newest.epoch + 1} beside the old chain. Or start with npm start -- --fresh, which forgets everything.`,
      )
    }
    await beginEpoch(lake, topic, newest ? newest.epoch + 1 : 0, topicId)
  }
}
