/** Requests to the API, typed by its OpenAPI document: `npm run client` makes the types anew. */
import type { LiveState, PipelineState, TwinState } from '@shelfcast/contracts/api'
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
}

function answer<T>({ data, error, response }: { data?: T; error?: unknown; response: Response }): T {
  if (data !== undefined) return data
  const told = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined
  throw new Error(String(told ?? `The API answered ${response.status} to ${new URL(response.url).pathname}.`))
}
