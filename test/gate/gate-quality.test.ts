/** The gate, held against what the twin knows: a short run of `npm run bench -- gate`. */

import { LONGEST_GAP_MS } from '@shelfcast/datagen/till/line-faults'
import { APART_MS } from '@shelfcast/datagen/till/service'
import { beforeAll, expect, test } from 'vitest'
import { bestByTime, f1 } from '../../bench/gate/bound.ts'
import { type Evaluation, evaluate, type FaultKind } from '../../bench/gate/evaluation.ts'
import { createJudge } from '../../bench/gate/judge.ts'

const BASKETS = 20_000
/** What the gate has to reach of the best possible F1. */
const GOAL = 0.98

let evaluation: Evaluation
beforeAll(async () => {
  evaluation = await evaluate({ baskets: BASKETS, world: 'small', seed: 7, createJudge })
}, 60_000)

test.each<FaultKind>(['repeated_message', 'malformed', 'unknown_sku', 'price_zero', 'price_digit'])(
  'every %s is found, and nothing else is taken for one',
  (kind) => {
    const { labelled, found: flagged, right } = evaluation.faults[kind]
    expect(labelled).toBeGreaterThan(0)
    expect({ found: flagged, right }).toEqual({ found: labelled, right: labelled })
  },
)

test('double scans are told from customers who bought two, nearly as well as can be', () => {
  const { faults, repeats } = evaluation
  const { labelled, found: flagged, right } = faults.double_scan
  expect(labelled).toBeGreaterThan(BASKETS / 20)
  expect(f1(right, flagged, labelled)).toBeGreaterThan(GOAL * bestByTime(labelled, repeats.byHand).f1)
})

test('who bought two, and had each scanned, is charged for two', () => {
  const { all, kept } = evaluation.repeats
  const overlap = (LONGEST_GAP_MS - APART_MS[0]) / APART_MS[1]
  expect(all).toBeGreaterThan(BASKETS / 20)
  expect(1 - kept / all).toBeLessThan(1.5 * overlap)
})

test('nothing is refused but faults, and double scans that may be none', () => {
  expect([...evaluation.unexplained.keys()]).toEqual(['duplicate_line'])
})

test('late messages are counted, and those that are seconds out of order are not', () => {
  const { late_message, out_of_order } = evaluation.faults
  expect(late_message.right / late_message.labelled).toBeGreaterThan(0.7)
  expect(evaluation.lateUnexplained).toBe(0)
  expect(out_of_order.labelled).toBeGreaterThan(0)
  expect(out_of_order.found).toBe(0)
})
