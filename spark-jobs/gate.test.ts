/** The gate of Spark is held to that of services/ingest: the same rows, cell by cell, the same tally and clocks. */
import { EVENT_TOPICS } from '@shelfcast/contracts/topics'
import { expect, test } from 'vitest'
import { expectAlike, python } from './gate-fixture.ts'
import { blocksOf } from './gate-messages.ts'

if (!python)
  console.warn(
    'SKIPPED: the gate in Python. Run `npm test`, or set SHELFCAST_TEST_SPARK to a Python with spark-jobs/requirements-test.txt.',
  )

test.skipIf(!python).each(EVENT_TOPICS)('thousands of messages of %s are judged alike', async (topic) => {
  const outcomes = await expectAlike({ topic, epoch: 2, partition: 5 }, blocksOf(topic, 6_000, 11))
  // A comparison that hardly ever meets an accepted row, or a reason, proves nothing.
  expect(outcomes.accepted).toBeGreaterThan(1_000)
  const least = { 'sales-transactions': 17, 'inventory-updates': 8, 'pos-events': 7 }[topic]
  expect(Object.keys(outcomes).length).toBeGreaterThan(least)
})
