/**
 * The days that a jump went over: their messages were never made, so their totals go to the sales history. They are
 * a series of the kind `jumps`, which adds to the history of the run.
 */
import { JUMPS } from '@shelfcast/contracts/datasets/jumps'
import { seriesFolder } from '@shelfcast/contracts/datasets/layout'
import type { Lake } from '@shelfcast/runtime/lake'
import { createSalesRows } from '../history/sales-file.ts'
import type { StoreDay } from '../sim/model.ts'
import { TWIN_SOURCE } from '../world/reference.ts'
import type { World } from '../world/world.ts'
import type { Run } from './run.ts'
import type { Silence } from './stage.ts'

/** A file ends with the store day that fills it; the warehouse takes up to a million rows as one insert. */
const FILE_ROWS = 500_000

export interface SilentDays {
  add(day: StoreDay, silence: Silence): void
  /** Writes the files that are full. */
  settled(): Promise<void>
  /** The same with the one that is not: a snapshot follows, or the jump has arrived. */
  close(): Promise<void>
}

function nameOf({ jump, snapshot }: Silence): string {
  const hour = (at: number) => new Date(at).toISOString().slice(0, 13)
  return `jump-${hour(jump)}-after-${hour(snapshot)}`
}

/**
 * The files of a jump between two snapshots depend on nothing else, so a run that goes on after a kill writes them again as
 * they were.
 */
export function createSilentDays(options: { lake: Lake; world: World; run: Run }): SilentDays {
  const { lake, world, run } = options
  const folder = seriesFolder(JUMPS.kind, TWIN_SOURCE, run.id)
  let rows: ReturnType<typeof createSalesRows> | undefined
  let silence: Silence | undefined
  let files = 0
  let full: { name: string; body: Uint8Array }[] = []

  function closeFile(): void {
    if (!rows || rows.length === 0) return
    const name = `${folder}${nameOf(silence!)}-${String(files++).padStart(3, '0')}.parquet`
    full.push({ name, body: rows.take() })
  }

  async function settled(): Promise<void> {
    while (full.length > 0) {
      const { name, body } = full[0]!
      await lake.put('raw', name, body)
      full = full.slice(1)
    }
  }

  return {
    add(day, of) {
      if (silence?.jump !== of.jump || silence.snapshot !== of.snapshot) {
        closeFile()
        silence = of
        files = 0
      }
      rows ??= createSalesRows(world)
      rows.append(day)
      if (rows.length >= FILE_ROWS) closeFile()
    },
    settled,
    async close() {
      closeFile()
      rows = undefined
      await settled()
    },
  }
}
