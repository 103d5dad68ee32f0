/** What inference is asked: why no model serves, and forecasts under other circumstances. */
import type { CurrentModels, WhatIfAnswer, WhatIfQuestion } from '@shelfcast/contracts/inference'
import type { RescoreAnswer, RescoreQuestion } from '@shelfcast/contracts/rescoring'
import PQueue from 'p-queue'
import { fault, reasonOf } from '../http/errors.ts'

const TROUBLE_LIMIT_MS = 1_000
/** A whole store is scored twice; what takes longer is better asked for by category. */
const WHAT_IF_LIMIT_MS = 10_000
/** Scenarios hold up the forecasts of others, since scoring is one process: so many at once, and so many that wait. */
const WHAT_IFS_AT_ONCE = 2
const WHAT_IFS_WAITING = 16

export interface Inference {
  /** Why the model does not serve; null where nobody knows. */
  trouble(): Promise<string | null>
  /** @throws what inference says is wrong with the question, or that it is away */
  whatIf(question: WhatIfQuestion): Promise<WhatIfAnswer>
  /**
   * Scenarios of many stores.
   * @param signal stops it when nobody waits any more
   * @throws what inference says is wrong with the question, or that it is away
   */
  rescore(question: RescoreQuestion, signal: AbortSignal): Promise<RescoreAnswer>
}

/** @param url of inference; empty: there is none */
export function createInference(url: string): Inference {
  const scenarios = new PQueue({ concurrency: WHAT_IFS_AT_ONCE })
  const queued = async <Answer>(question: () => Promise<Answer>): Promise<Answer> => {
    if (url === '')
      throw fault(
        503,
        'inference_unavailable',
        'There is no inference to ask. Start it, and give the API its address as INFERENCE_URL.',
      )
    if (scenarios.size >= WHAT_IFS_WAITING)
      throw fault(
        429,
        'too_many_scenarios',
        `${scenarios.size} scenarios wait for their answer. Ask again when they are done.`,
      )
    return scenarios.add(question)
  }
  return {
    async trouble() {
      if (url === '') return null
      try {
        const answer = await fetch(new URL('/v1/models/current', url), {
          signal: AbortSignal.timeout(TROUBLE_LIMIT_MS),
        })
        return answer.ok ? ((await answer.json()) as CurrentModels).trouble : null
      } catch {
        // The forecast is shown all the same; that inference is away is told by the health of the parts.
        return null
      }
    },

    whatIf: (question) => queued(() => ask<WhatIfAnswer>(url, '/v1/what-if', question)),
    rescore: (question, signal) =>
      queued(async () => {
        signal.throwIfAborted()
        return ask<RescoreAnswer>(url, '/v1/scenarios', question, signal)
      }),
  }
}

async function ask<Answer>(
  url: string,
  path: string,
  question: WhatIfQuestion | RescoreQuestion,
  signal?: AbortSignal,
): Promise<Answer> {
  let answer: Response
  let body: unknown
  try {
    answer = await fetch(new URL(path, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(question),
      signal: AbortSignal.any([AbortSignal.timeout(WHAT_IF_LIMIT_MS), ...(signal ? [signal] : [])]),
    })
    body = await answer.json()
  } catch (error) {
    throw fault(
      503,
      'inference_unavailable',
      `Inference did not answer: ${reasonOf(error)}. Start it, or see its log; then ask again.`,
    )
  }
  if (answer.ok) return body as Answer
  const { error = 'inference_failed', message = `Inference answered ${answer.status}. See its log.` } =
    (body ?? {}) as { error?: string; message?: string }
  // What it could not do is not a failure of the API.
  throw fault(answer.status < 500 ? answer.status : 503, error, message)
}
