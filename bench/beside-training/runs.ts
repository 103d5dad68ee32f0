/** The runs of the stack that is measured, asked for and looked at as a page does. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ForecastList } from '@shelfcast/contracts/forecasts'
import type { RunsState } from '@shelfcast/contracts/model-answers'
import type { Run } from '@shelfcast/contracts/runs'

/** Until there is something to read, and until a training is over, on a busy machine. */
const PATIENCE_MS = 900_000
const LOOK_MS = 500

export async function hasForecasts(address: string): Promise<void> {
  await until(
    async () => (await ask<ForecastList>(`${address}/api/v1/forecasts?limit=1`)).series > 0,
    'forecasts',
  )
}

/** Comes back when a training runs: the one that does, or another. */
export async function ensureTraining(address: string): Promise<void> {
  if ((await runsOf(address)).some(isTraining)) return
  await until(async () => {
    const runs = await runsOf(address)
    if (!runs.some(({ job, state }) => job === 'train' && state === 'queued')) await askForTraining(address)
    return runs.some(isTraining)
  }, 'a training')
}

/** Cancels the training, and comes back when nothing waits or is under way. */
export async function endAll(address: string): Promise<void> {
  await until(async () => {
    const runs = (await runsOf(address)).filter(({ state }) => state === 'queued' || state === 'running')
    for (const { id, job, cancel_requested_at } of runs)
      if (job === 'train' && cancel_requested_at === null)
        await post(`${address}/api/v1/runs/${id}/cancel`, {})
    return runs.length === 0
  }, 'an end of all runs')
}

const isTraining = ({ job, state }: Run) => job === 'train' && state === 'running'

async function runsOf(address: string): Promise<Run[]> {
  return (await ask<RunsState>(`${address}/api/v1/models/runs`)).runs
}

const askForTraining = (address: string) =>
  post(`${address}/api/v1/runs`, {
    job: 'train',
    parameters: { model: 'demand' },
    reason: 'asked for by the bench',
  })

async function post(url: string, body: object): Promise<void> {
  await ask(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

async function ask<T>(url: string, request?: RequestInit): Promise<T> {
  const answer = await fetch(url, request)
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as T
}

/** A stack that is just starting, or busy, may fail to answer once. */
async function until(isTrue: () => Promise<boolean>, what: string): Promise<void> {
  const limit = Date.now() + PATIENCE_MS
  for (;;) {
    try {
      if (await isTrue()) return
    } catch (error) {
      if (Date.now() > limit) throw error
    }
    if (Date.now() > limit)
      throw new Error(
        `There was no sign of ${what} within ${PATIENCE_MS / 60_000} min. Look at what jobs log.`,
      )
    await delay(LOOK_MS)
  }
}
