import { EVENT_TOPICS } from '@shelfcast/contracts/topics'
import { expect, test } from 'vitest'
import { fuzz } from '../../../../test/ingest/gate/fuzz.ts'

test.each(EVENT_TOPICS)('half a million messages of %s with changed bytes are read alike', (topic) => {
  expect(fuzz(topic, 500_000, 2).taken).toBeGreaterThan(50_000)
})
