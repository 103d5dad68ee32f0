import { expect, test } from 'vitest'
import { killWhileWriting } from '../../test/platform/kills.ts'
import { startStoreProcess } from '../../test/platform/postgres.ts'

const ROUNDS = 100

test('nothing that was acknowledged is lost in 100 kills while rows are written', async () => {
  const server = await startStoreProcess()
  try {
    // Between a few and some hundreds, so that a kill comes early and late after a start.
    const { acknowledged, lost, unheard, startsMs } = await killWhileWriting(
      server,
      ROUNDS,
      (round) => 1 + ((round * 37) % 400),
    )
    const median = startsMs.toSorted((one, other) => one - other)[ROUNDS / 2]!
    console.log(
      `${ROUNDS} kills: ${acknowledged} rows acknowledged, ${lost.length} lost, ${unheard} kept without an answer; start with recovery ${median.toFixed(0)} ms in the median, ${Math.max(...startsMs).toFixed(0)} ms at most`,
    )
    expect(acknowledged).toBeGreaterThan(ROUNDS * 100)
    expect(lost).toEqual([])
  } finally {
    await server.stop()
  }
}, 900_000)
