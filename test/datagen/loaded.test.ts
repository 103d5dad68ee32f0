/** A source that waits for what it has written asks ingest as ingest lets itself be asked, its guard included. */
import { untilLoaded } from '@shelfcast/datagen/history/loaded'
import { createIngest } from '@shelfcast/datagen/ingest'
import { createLoadingTurns } from '@shelfcast/ingest/load/loading-turns'
import { createQuestions } from '@shelfcast/ingest/questions'
import { createLog } from '@shelfcast/runtime/log'
import { createPageGuard } from '@shelfcast/runtime/page-guard'
import { createPatience, PartAway } from '@shelfcast/runtime/patience'
import { openServer } from '@shelfcast/runtime/service'
import { expect, test } from 'vitest'
import { freePort } from '../platform/server-process.ts'

const patience = createPatience({ waitS: 1, dataDir: undefined, say: () => undefined })

test('it has its datasets looked for, and waits until they are loaded', async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const shares: number[] = []
  let looks = 0
  const datasets = {
    progress: undefined as { folder: string; rows: number; total: number } | undefined,
    settledAt: 0,
    hurry() {
      looks++
      datasets.progress = { folder: 'datasets/histories/twin/run/', rows: 1, total: 4 }
    },
  }
  const server = await openServer({
    log: createLog('test', 'silent'),
    host: '127.0.0.1',
    port,
    guard: createPageGuard([], 'json'),
    answer: createQuestions({ loading: createLoadingTurns(1), datasets, read: async () => [] }),
  })
  try {
    await untilLoaded(createIngest(url, patience), (share) => {
      shares.push(share)
      datasets.progress = undefined
      datasets.settledAt = Date.now()
    })
    expect({ looks, shares }).toEqual({ looks: 1, shares: [0.25] })
  } finally {
    server.close()
  }
})

test('it does not wait for ever for an ingest that is not there', async () => {
  const url = `http://127.0.0.1:${await freePort()}`
  await expect(untilLoaded(createIngest(url, patience), () => undefined)).rejects.toBeInstanceOf(PartAway)
})
