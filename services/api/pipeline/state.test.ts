import { TOPICS } from '@shelfcast/contracts/topics'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { expect, test, vi } from 'vitest'
import { quiet } from '../../../test/api/fixture.ts'
import { createPipeline, lagOf } from './state.ts'

test.each([
  ['nothing is loaded yet', { low: 0, high: 10 }, undefined, 10],
  ['some is loaded', { low: 0, high: 10 }, 4, 6],
  ['all is loaded', { low: 0, high: 10 }, 10, 0],
  ['Kafka let go of what was never loaded', { low: 6, high: 10 }, 4, 4],
  ['Kafka is new and the lake is not', { low: 0, high: 3 }, 100, 0],
])('lag when %s', (_case, range, end, lag) => {
  const chains = end === undefined ? [] : [{ partition: 0, end_offset: end }]
  expect(lagOf([{ partition: 0, ...range }], chains)).toBe(lag)
})

test('when broker and warehouse go away, their last known counts stand', async () => {
  vi.useFakeTimers()
  let away = false
  const read: Reader = async <Row>(query: string) => {
    if (away) throw new Error('connection refused')
    const chain = {
      topic: 'pos-events',
      partition: 0,
      epoch: 0,
      end_offset: 7,
      blocks: 2,
      rows: 7,
      bytes: 10,
      offsets_missing: 0,
      newest: 0,
    }
    const rows: object[] = query.includes('from rebuilds')
      ? [{ number: 0, has_ended: true }]
      : query.includes('as end_offset')
        ? [chain]
        : query.includes('as letters')
          ? [{ letters: 0 }]
          : []
    return rows as Row[]
  }
  const pipeline = createPipeline({
    read,
    broker: {
      ranges: async () => {
        if (away) return new Promise(() => {})
        return new Map(TOPICS.map((topic) => [topic, [{ partition: 0, low: 0, high: 9 }]]))
      },
      close: async () => {},
    },
    parts: async () => [],
    sparkJobs: async () => [],
    latency: async () => ({ p50_ms: null, p99_ms: null }),
    log: quiet,
  })
  const first = await pipeline()
  expect(first.topics[2]).toMatchObject({ messages: 9, lag_messages: 2, blocks: 2 })

  away = true
  await vi.advanceTimersByTimeAsync(1_000)
  const later = pipeline()
  await vi.advanceTimersByTimeAsync(3_000)
  expect((await later).topics).toEqual(first.topics)
  vi.useRealTimers()
})
