/** Works on what was asked for: trainings that a page, a person or the watch over drift has queued, one at a time. */
import type { Logger } from '@shelfcast/runtime/log'
import type { Backends } from './backends.ts'
import { score } from './models/score.ts'
import { runTraining } from './models/train.ts'
import { type Repeated, repeat } from './repeat.ts'

const LOOK_EVERY_MS = 2_000
/** Days of history that a first training takes: less gives no windows to learn from and to measure on. */
const FIRST_HISTORY_DAYS = 120

/** @param options.firstAfterMs leaves the processors to the rest of the platform while that starts */
export function startQueue(options: {
  stores: Backends
  environment: NodeJS.ProcessEnv
  log: Logger
  firstAfterMs: number
}): Repeated {
  const { stores, environment, log, firstAfterMs } = options
  let isFirst = true
  return repeat({
    ...{ name: 'train', everyMs: LOOK_EVERY_MS, firstAfterMs, log },
    async look(signal) {
      if (isFirst) {
        // A baseline forecasts until a model does: nobody waits for a training to see something.
        await score(stores, { signal, force: false }).catch(() => undefined)
        await askForFirst(stores)
        isFirst = false
      }
      const run = await stores.runs.claim(['train'])
      if (!run?.model) return
      await runTraining(
        stores,
        { id: run.id, model: run.model },
        { environment, actor: run.requested_by, signal, log },
      )
    },
  })
}

/** A platform without a champion trains one by itself when it starts, where there is a past to learn from. */
async function askForFirst({ registry, runs, warehouse }: Backends): Promise<void> {
  if (await registry.champion('demand')) return
  const answer = await warehouse.query({
    query:
      'select count() as days from (select distinct business_date from history_days limit {least:UInt32})',
    query_params: { least: FIRST_HISTORY_DAYS },
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<{ days: string | number }>()
  // The weekly training comes to it.
  if (Number(row?.days ?? 0) < FIRST_HISTORY_DAYS) return
  await runs.request({
    ...{ kind: 'train', model: 'demand', requested_by: 'first start' },
    reason: 'There is no champion yet',
  })
}

/**
 * At its start, and when another version comes to serve or a trial begins or ends: what is not forecast yet by who serves
 * now is forecast at once, and does not wait for the schedule.
 */
export function startRescoring(options: { stores: Backends; log: Logger; firstAfterMs: number }): Repeated {
  const { stores, log, firstAfterMs } = options
  let known: number | undefined
  return repeat({
    ...{ name: 'score', everyMs: LOOK_EVERY_MS, firstAfterMs, log },
    async look(signal) {
      const turn = await stores.registry.turn('demand')
      if (turn === known) return
      const scored = await score(stores, { signal, force: false })
      if (scored?.isNew) log.info({ version: scored.version, rows: scored.rows }, 'all series are forecast')
      known = turn
    },
  })
}
