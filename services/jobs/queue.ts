/** Works on what was asked for: trainings that a page, a person or the watch over drift has queued, one at a time. */
import type { Logger } from '@shelfcast/runtime/log'
import type { Stores } from './stores.ts'
import { runTraining } from './train.ts'

const LOOK_EVERY_MS = 2_000

export interface Queue {
  stop(): Promise<void>
}

/** @param options.firstAfterMs leaves the processors to the rest of the platform while that starts */
export function startQueue(options: {
  stores: Stores
  environment: NodeJS.ProcessEnv
  log: Logger
  firstAfterMs: number
}): Queue {
  const { stores, environment, log } = options
  const stopping = new AbortController()
  const { signal } = stopping
  let isFirst = true
  let said = ''
  let timer: NodeJS.Timeout
  let working = Promise.resolve()

  async function look(): Promise<void> {
    try {
      if (isFirst) await askForFirst(stores)
      isFirst = false
      const run = await stores.runs.claim(['train'])
      if (run?.model)
        await runTraining(
          stores,
          { id: run.id, model: run.model },
          { environment, actor: run.requested_by, signal, log },
        )
      said = ''
    } catch (error) {
      if (signal.aborted) return
      const text = error instanceof Error ? error.message : String(error)
      log[text === said ? 'debug' : 'warn'](`train: ${text}`)
      said = text
    }
  }

  function next(afterMs: number): void {
    if (signal.aborted) return
    timer = setTimeout(() => {
      working = look().finally(() => next(LOOK_EVERY_MS))
    }, afterMs)
  }
  next(options.firstAfterMs)
  return {
    async stop() {
      clearTimeout(timer)
      stopping.abort(new Error('the service stops'))
      await working
    },
  }
}

/** A platform without a champion trains one by itself, unless the last try has failed. */
async function askForFirst({ registry, runs, warehouse }: Stores): Promise<void> {
  if (await registry.champion('demand')) return
  const answer = await warehouse.query({
    query: 'select count() as days from (select distinct business_date from history_days limit 120)',
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<{ days: string | number }>()
  // Without a past there is nothing to learn from yet; the weekly training comes to it.
  if (Number(row?.days ?? 0) < 120) return
  await runs.request({
    ...{ kind: 'train', model: 'demand', requested_by: 'first start' },
    reason: 'There is no champion yet',
  })
}
