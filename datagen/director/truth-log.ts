/**
 * What really happened, in a zone that no part of the platform reads: `<run>/labels/<date>.ndjson` by UTC date and
 * `<run>/days/<date>/<store_id>.ndjson` by the store's own calendar. Written again after a restart, the objects are
 * the same.
 */

import { dateOf, utcDate } from '@shelfcast/contracts/dates'
import type { Lake } from '@shelfcast/runtime/lake'
import type { StoreDay } from '../sim/model.ts'
import { type Label, truthRows } from '../till/truth.ts'
import type { World } from '../world/world.ts'
import type { Run } from './run.ts'

export interface TruthLog {
  /** Labels of an hour. They are written when a later date begins. @param at begin of the hour */
  labels(at: number, labels: readonly Label[]): void
  /** The truth of a store day that has ended. */
  day(day: StoreDay): void
  /** Resolves when what was told is in the lake, but for labels of a date that has not ended. */
  settled(): Promise<void>
  /** The same, with those labels. */
  flush(): Promise<void>
}

export function createTruthLog(lake: Lake, run: Run, world: World): TruthLog {
  let date: { name: string; lines: string[] } | undefined
  let writing: Promise<void>[] = []

  function put(name: string, text: string) {
    const write = lake.put('truth', `${run.id}/${name}`, Buffer.from(text))
    // `settled` throws it; until then it must not count as unhandled.
    write.catch(() => {})
    writing.push(write)
  }
  function putLabels() {
    if (date) put(`labels/${date.name}.ndjson`, date.lines.join(''))
  }
  async function settled() {
    const writes = writing
    writing = []
    await Promise.all(writes)
  }

  return {
    labels(at, labels) {
      const name = utcDate(at)
      if (date?.name !== name) {
        putLabels()
        date = { name, lines: [] }
      }
      for (const label of labels) date.lines.push(`${JSON.stringify(label)}\n`)
    },
    day(day) {
      const { store_id } = world.stores[day.store]!
      let text = ''
      for (const row of truthRows(world, day)) text += `${JSON.stringify(row)}\n`
      put(`days/${dateOf(day.day)}/${store_id}.ndjson`, text)
    },
    settled,
    async flush() {
      putLabels()
      await settled()
    },
  }
}
