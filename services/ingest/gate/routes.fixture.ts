/** Both routes side by side, each with a scratch of its own. */
import type { EventTopic } from '@shelfcast/contracts/topics'
import { createFastRoute } from './fast-route.ts'
import { createScratch, type Fields, type Scratch } from './scratch.ts'
import { messageShape } from './shape.ts'
import { createSlowRoute } from './slow-route.ts'

export function createRoutes(topic: EventTopic) {
  const shape = messageShape(topic)
  const fastScratch = createScratch(shape)
  const slowScratch = createScratch(shape)
  return {
    fastScratch,
    slowScratch,
    fast: createFastRoute(shape, fastScratch),
    slow: createSlowRoute(topic, shape, slowScratch),
  }
}

/** All that a scratch holds of its message, in a form that can be compared. */
export function readingOf(scratch: Scratch): unknown {
  const { lines, lineCount, refusal, source } = scratch
  return {
    refusal,
    lineCount,
    size: scratch.originalEnd - scratch.originalStart,
    fields: valuesOf(scratch.fields, source, 0),
    lines:
      lines &&
      Array.from({ length: lineCount }, (_, index) => ({
        fault: lines.faulty ? lines.faults[index] : undefined,
        start: lines.start[index]! - scratch.originalStart,
        end: lines.end[index]! - scratch.originalStart,
        fields: valuesOf(lines.fields, source, index),
      })),
  }
}

function valuesOf(fields: Fields, source: DataView, index: number): unknown[] {
  return [...fields].map(([, field]) => {
    if (field.kind !== 'text') return field.value[index]
    const start = field.start[index]!
    if (start === -1) return undefined
    return Buffer.from(source.buffer, source.byteOffset + start, field.end[index]! - start).toString()
  })
}
