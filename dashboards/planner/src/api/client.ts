/** Requests to the API, typed by its OpenAPI document: `npm run client` makes the types anew. */
import type { LiveState, PipelineState, TwinState } from '@shelfcast/contracts/api'
import type {
  DeadLetterDetail,
  DeadLetterFilter,
  DeadLetterList,
  ReplayAnswer,
  ReplayOutcomes,
  ReplayRequest,
} from '@shelfcast/contracts/dead-letters'
import type {
  ForecastFilter,
  ForecastList,
  ForecastOrder,
  ForecastSeries,
  SeriesQuestion,
} from '@shelfcast/contracts/forecasts'
import type { ModelName } from '@shelfcast/contracts/manifest'
import type { ExperimentRequest, ModelsState, RunsState } from '@shelfcast/contracts/model-answers'
import type { RunAnswer } from '@shelfcast/contracts/runs'
import createClient from 'openapi-fetch'
import type { paths } from './schema.gen.ts'

const client = createClient<paths>()
client.use({
  onError: () => new Error(`Nothing answers at ${location.origin}.`),
})

/** State of each channel as of now: what a page draws until the channel's first push. */
export const snapshots = {
  live: async (signal: AbortSignal): Promise<LiveState> =>
    answer(await client.GET('/api/v1/live', { signal })),
  pipeline: async (signal: AbortSignal): Promise<PipelineState> =>
    answer(await client.GET('/api/v1/pipeline', { signal })),
  twin: async (signal: AbortSignal): Promise<TwinState> =>
    answer(await client.GET('/api/v1/twin', { signal })),
  runs: async (signal: AbortSignal): Promise<RunsState> =>
    answer(await client.GET('/api/v1/models/runs', { signal })),
}

export const deadLetters = {
  page: async (
    filter: DeadLetterFilter,
    cursor: string | undefined,
    signal: AbortSignal,
  ): Promise<DeadLetterList> =>
    answer(await client.GET('/api/v1/dead-letters', { params: { query: { ...filter, cursor } }, signal })),
  /** @param position topic[@epoch]/partition/offset/line */
  one: async (position: string, signal: AbortSignal): Promise<DeadLetterDetail> => {
    const [life = '', ...numbers] = position.split('/')
    const [topic, epoch = '0'] = life.split('@') as [DeadLetterDetail['topic'], string?]
    const [partition = Number.NaN, offset = Number.NaN, line = Number.NaN] = numbers.map(Number)
    return answer(
      await client.GET('/api/v1/dead-letters/{topic}/{epoch}/{partition}/{offset}/{line}', {
        params: { path: { topic, epoch: Number(epoch), partition, offset, line } },
        signal,
      }),
    )
  },
  replay: async (body: ReplayRequest): Promise<ReplayAnswer> =>
    answer(await client.POST('/api/v1/dead-letters/replays', { body })),
  outcomes: async (from: string): Promise<ReplayOutcomes> =>
    answer(await client.GET('/api/v1/dead-letters/replays', { params: { query: { from } } })),
}

export const forecasts = {
  page: async (
    question: ForecastFilter & ForecastOrder,
    offset: number,
    signal: AbortSignal,
  ): Promise<ForecastList> =>
    answer(await client.GET('/api/v1/forecasts', { params: { query: { ...question, offset } }, signal })),
  series: async (query: SeriesQuestion, signal: AbortSignal): Promise<ForecastSeries> =>
    answer(await client.GET('/api/v1/forecasts/series', { params: { query }, signal })),
  /** Where the browser fetches the file from. */
  csvAddress: (filter: ForecastFilter): string => {
    const query = new URLSearchParams(filter as Record<string, string>).toString()
    return `/api/v1/forecasts.csv${query === '' ? '' : `?${query}`}`
  },
}

const of = (model: ModelName) => ({ path: { model } })

export const models = {
  state: async (signal: AbortSignal): Promise<ModelsState> =>
    answer(await client.GET('/api/v1/models', { signal })),
  retrain: async (model: ModelName): Promise<RunAnswer> =>
    answer(
      await client.POST('/api/v1/runs', {
        body: { job: 'train', parameters: { model }, reason: 'asked for on the Models page' },
      }),
    ),
  promote: async (model: ModelName, version: string, force: boolean) =>
    answer(
      await client.POST('/api/v1/models/{model}/versions/{version}/promote', {
        params: { path: { model, version } },
        body: { force },
      }),
    ),
  retire: async (model: ModelName, version: string) =>
    answer(
      await client.POST('/api/v1/models/{model}/versions/{version}/retire', {
        params: { path: { model, version } },
        body: {},
      }),
    ),
  rollBack: async (model: ModelName) =>
    answer(await client.POST('/api/v1/models/{model}/roll-back', { params: of(model), body: {} })),
  startExperiment: async (model: ModelName, body: ExperimentRequest) =>
    answer(await client.POST('/api/v1/models/{model}/experiment', { params: of(model), body })),
  endExperiment: async (model: ModelName) =>
    answer(await client.DELETE('/api/v1/models/{model}/experiment', { params: of(model), body: {} })),
}

/** An answer that says why not. */
export interface Refusal extends Error {
  /** Code, for programs. */
  code: string
}

function answer<T>({ data, error, response }: { data?: T; error?: unknown; response: Response }): T {
  if (data !== undefined) return data
  const refusal = (error ?? {}) as { error?: string; message?: string }
  const message =
    refusal.message ?? `The API answered ${response.status} to ${new URL(response.url).pathname}.`
  throw Object.assign(new Error(message), { code: refusal.error ?? '' }) satisfies Refusal
}
