/** The twin's live stream in one process, without Kafka: store days, visits, faults, encoded messages. */
import { dayOf } from '@shelfcast/contracts/dates'
import { createConditions } from '@shelfcast/datagen/sim/conditions'
import { PLAIN_POLICY } from '@shelfcast/datagen/sim/model'
import { createLive } from '@shelfcast/datagen/till/live'
import { createPreset } from '@shelfcast/datagen/world/presets'
import { answer, readTask } from '../task.ts'
import type { EventTask } from './datagen.ts'

const { world, warm_s, seconds } = readTask<EventTask>()
const conditions = createConditions(createPreset(world), 1)
const live = createLive({ conditions, policy: PLAIN_POLICY, run: 'BENCH' }, { day: dayOf('2024-01-01') })

/** Whole days, because the hours of a day differ. */
function generate(forSeconds: number) {
  let lines = 0
  let baskets = 0
  let bytes = 0
  const began = performance.now()
  const passed = () => (performance.now() - began) / 1000
  do {
    for (let hour = 0; hour < 24; hour++) {
      for (const event of live.hour().events) {
        bytes += event.value.length
        if (event.topic !== 'sales-transactions') continue
        baskets++
        lines += event.lines
      }
    }
  } while (passed() < forSeconds)
  return { amount: lines, baskets, bytes, seconds: passed() }
}

generate(warm_s)
answer(generate(seconds))
