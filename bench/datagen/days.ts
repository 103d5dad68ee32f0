/** The twin's history in one process: store days alone, or with their Parquet files. */
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { dayOf } from '@shelfcast/contracts/dates'
import { writeSales } from '@shelfcast/datagen/history/sales'
import { Chain } from '@shelfcast/datagen/sim/chain'
import { createConditions } from '@shelfcast/datagen/sim/conditions'
import { createPreset } from '@shelfcast/datagen/world/presets'
import { answer, readTask } from '../task.ts'
import type { DayTask } from './datagen.ts'

const { world, warm_days, days, parquet } = readTask<DayTask>()
const conditions = createConditions(createPreset(world), 1)
const stores = [...conditions.world.stores.keys()]
const from = dayOf('2014-01-01')

async function write(count: number, folder: string) {
  let rows = 0
  let bytes = 0
  const span = { from, to: from + count - 1 }
  await writeSales({
    conditions,
    stores,
    span,
    async put(object) {
      rows += object.rows
      bytes += object.body.byteLength
      const path = join(folder, object.name)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, object.body)
    },
  })
  return { rows, bytes }
}

async function simulate(count: number) {
  const chain = new Chain({ conditions, from })
  let rows = 0
  for (let day = 0; day < count; day++) {
    chain.nextDay(({ listed }) => {
      for (let product = 0; product < listed.length; product++) rows += listed[product]!
    })
  }
  return { rows, bytes: 0 }
}

const folder = mkdtempSync(join(tmpdir(), 'shelfcast-bench-'))
try {
  const work = (count: number) => (parquet ? write(count, folder) : simulate(count))
  await work(warm_days)
  const began = performance.now()
  const { rows, bytes } = await work(days)
  answer({ amount: rows, bytes, seconds: (performance.now() - began) / 1000 })
} finally {
  rmSync(folder, { recursive: true })
}
