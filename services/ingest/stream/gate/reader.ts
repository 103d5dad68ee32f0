/** Reads messages of a topic by the fast route where it takes them, and by the slow route where it does not. */
import { type EventTopic, SCHEMA_VERSION } from '@shelfcast/contracts/topics'
import type { MessageView } from '../message.ts'
import { createFastRoute } from './fast-route.ts'
import { createScratch, type Scratch } from './scratch.ts'
import { messageShape } from './shape.ts'
import { createSlowRoute } from './slow-route.ts'

export interface Reader {
  /** Where the message that was read last lies. */
  readonly scratch: Scratch
  read(message: MessageView): void
}

export function createReader(topic: EventTopic): Reader {
  const schema = SCHEMA_VERSION[topic]
  const shape = messageShape(topic)
  const scratch = createScratch(shape)
  const takes = createFastRoute(shape, scratch)
  const readSlowly = createSlowRoute(topic, shape, scratch)
  return {
    scratch,
    read(message) {
      const isUsual = message.start >= 0 && (message.schema === undefined || message.schema === schema)
      if (!isUsual || !takes(message)) readSlowly(message)
    },
  }
}

const readers = new Map<EventTopic, Reader>()

/** The one reader of a topic. Judging is synchronous, so all chains can share it; and code that is shared gets warm. */
export function readerOf(topic: EventTopic): Reader {
  let reader = readers.get(topic)
  if (!reader) {
    reader = createReader(topic)
    readers.set(topic, reader)
  }
  return reader
}
