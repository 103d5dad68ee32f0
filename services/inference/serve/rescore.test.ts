import type { SeriesForecast } from '@shelfcast/contracts/inference'
import type { RescoreAnswer, RescoreQuestion } from '@shelfcast/contracts/rescoring'
import { expect, test } from 'vitest'
import { SERIES, start } from '../../../test/inference/app.ts'
import { rescore } from './rescore.ts'

const URL = '/v1/scenarios'
const NEVER = new AbortController().signal

async function ask(question: Partial<RescoreQuestion>, champion: string | null = 'v1') {
  const { ask, ...rest } = await start(champion ?? undefined)
  return {
    ...(await ask<RescoreAnswer & { message: string }>(URL, { scenarios: [], ...question })),
    ask,
    ...rest,
  }
}

test('the base is the forecast to the bit, and so is a scenario that changes nothing', async () => {
  const { answer, ask: askAgain } = await ask({
    scenarios: [[], [{ price_factor: 1 }], [{ demand_factor: 1 }], [{ stores: ['S2'], price_factor: 0.5 }]],
  })
  expect(answer.series).toHaveLength(8)
  const { answer: forecast } = await askAgain<SeriesForecast>(SERIES)
  expect(answer.series[0]).toMatchObject({ store_id: 'S1', sku: 'A' })
  expect(answer.series[0]!.base.means).toEqual(forecast.days.map(({ mean }) => mean))
  for (const series of answer.series) {
    expect(series.scenarios.slice(0, 3)).toEqual([null, null, null])
    expect(series.scenarios[3] === null).toBe(series.store_id === 'S1')
  }
})

test('a part acts on its days and its scope only, and parts act one on the other', async () => {
  const { answer } = await ask({
    category: 'fresh',
    scenarios: [
      [{ sku: 'B', price_factor: 0.7, from_day: '2026-03-04', to_day: '2026-03-05' }],
      [{ price_factor: 0.8 }, { price_factor: 0.5 }],
      [{ price_factor: 0.4 }],
      [{ promotion: { kind: 'price_off', off: 0.3 } }, { demand_factor: 2 }],
      [{ promotion: { kind: 'price_off', off: 0.3 } }],
    ],
  })
  expect(answer.series.map(({ sku }) => sku)).toEqual(['B', 'D', 'B', 'D'])
  expect(answer.days[0]).toBe('2026-03-02')
  const [first, second] = answer.series
  const changed = first!.scenarios[0]!.means.flatMap((mean, day) =>
    mean === first!.base.means[day] ? [] : [day],
  )
  expect(changed.every((day) => day === 2 || day === 3)).toBe(true)
  expect(first!.scenarios[0]!.paid[2]).toBeCloseTo(first!.base.paid[2]! * 0.7, 12)
  expect(second!.scenarios[0]).toBeNull()
  // 0.8 of 0.5 of the price is 0.4 of it, but for the last bit of a float.
  for (const [day, mean] of second!.scenarios[1]!.means.entries())
    expect(mean).toBeCloseTo(second!.scenarios[2]!.means[day]!, 3)
  for (const [day, mean] of first!.scenarios[3]!.means.entries())
    expect(mean).toBeCloseTo(first!.scenarios[4]!.means[day]! * 2, 2)
})

test('what changes nothing says why', async () => {
  const { answer } = await ask({
    scenarios: [
      [{ price_factor: 0.8 }, { rain_mm: 3, from_day: '2027-01-01' }, { stores: ['S9'], rain_mm: 3 }],
    ],
  })
  expect(answer.ignored).toEqual([
    [
      { part: 1, reason: 'its days are not among those that are forecast, 2026-03-02 to 2026-03-29' },
      { part: 2, reason: 'it is of no series that is compared' },
    ],
  ])
  const { answer: byBaseline } = await ask(
    { scenarios: [[{ price_factor: 0.8 }, { demand_factor: 2 }]] },
    null,
  )
  expect(byBaseline).toMatchObject({ served_by: 'baseline', ignored: [[{ part: 0 }]] })
  const [series] = byBaseline.series
  expect(series!.scenarios[0]!.means).toEqual(series!.base.means.map((mean) => mean * 2))
})

test('unknown scopes are refused by their names, and unknown fields too', async () => {
  expect(await ask({ category: 'wine' })).toMatchObject({
    status: 404,
    answer: { message: expect.stringContaining('category "wine"') },
  })
  expect(await ask({ scenarios: [[{ price_factor: 0 }]] })).toMatchObject({ status: 400 })
  expect(await ask({ scenarios: new Array(29).fill([]) })).toMatchObject({ status: 400 })
})

test('when the asker goes the work ends', async () => {
  const { follower } = await start('v1')
  const serving = follower.current()!
  const asker = new AbortController()
  const features = serving.features!
  const { bundle } = serving.champion!
  let runs = 0
  const run = bundle.run
  bundle.run = (...question) => {
    if (++runs === 2) asker.abort(new Error('gone'))
    return run(...question)
  }
  const question = { scenarios: new Array(20).fill([{ price_factor: 0.8 }]) }
  await expect(rescore({ ...serving, features }, question, asker.signal)).rejects.toThrow('gone')
  expect(runs).toBe(2)
  bundle.run = run
  expect((await rescore({ ...serving, features }, question, NEVER)).series).toHaveLength(8)
})
