import { EVENT_TOPICS } from '@shelfcast/contracts/topics'
import { test } from 'vitest'
import { expectAlike, python } from '../test/spark/gates.ts'
import { blocksOf } from '../test/spark/messages.ts'

const RUNS = 10
const MESSAGES = 20_000

test.skipIf(!python).each(EVENT_TOPICS)(
  'two hundred thousand messages of %s are judged alike',
  async (topic) => {
    for (let seed = 100; seed < 100 + RUNS; seed++) {
      await expectAlike({ topic, epoch: 0, partition: 0 }, blocksOf(topic, MESSAGES, seed))
    }
  },
)
