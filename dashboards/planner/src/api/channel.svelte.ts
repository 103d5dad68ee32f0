/** The state of a channel: first by request, then by push. It lives in the query cache, so a page that is come back to is drawn at once. */
import type { LiveState, PipelineState, TwinState } from '@shelfcast/contracts/api'
import type { RunsState } from '@shelfcast/contracts/model-answers'
import { createQuery, useQueryClient } from '@tanstack/svelte-query'
import { snapshots } from './client.ts'
import { now } from './clock.svelte.ts'
import { type Channel, openStream, type Stream, type StreamStatus } from './stream.ts'

interface ChannelStates {
  live: LiveState
  pipeline: PipelineState
  twin: TwinState
  runs: RunsState
}

/** Of the stream of the page that is open; there is one at a time. */
export const connection = $state<{ status: StreamStatus; receivedAt: number }>({
  status: 'connecting',
  receivedAt: 0,
})

/** The newer of two states: a request that was slow must not undo a push. */
function newer(held: unknown, arriving: unknown): unknown {
  const current = held as { at: string } | undefined
  const next = arriving as { at: string }
  return current && current.at > next.at ? current : next
}

/** State of a channel that the page is subscribed to. */
export function follow<C extends Channel>(channel: C) {
  const query = createQuery<ChannelStates[C]>(() => ({
    queryKey: [channel],
    queryFn: ({ signal }) => snapshots[channel](signal) as Promise<ChannelStates[C]>,
    structuralSharing: newer,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
    retry: false,
    networkMode: 'always',
  }))
  return {
    get state(): ChannelStates[C] | undefined {
      return query.data
    },
    get failure(): Error | undefined {
      return query.data === undefined ? (query.error ?? undefined) : undefined
    },
    /** Wall time here at which the state came. */
    get receivedAt(): number {
      return query.dataUpdatedAt
    },
    /** Server time as of now, free of the difference between the two clocks; what reads it is drawn each second. */
    get serverNow(): number {
      return query.data ? Date.parse(query.data.at) + Math.max(0, now() - query.dataUpdatedAt) : now()
    },
    refetch: () => void query.refetch(),
  }
}

/** @param others channels that come over the same stream; `follow` reads them */
export function subscribe<C extends Channel>(channel: C, ...others: Channel[]) {
  const client = useQueryClient()
  const followed = follow(channel)
  const channels = [channel, ...others]
  let stream: Stream | undefined

  $effect(() => {
    stream = openStream({
      url: `${location.origin.replace(/^http/, 'ws')}/api/v1/stream?channels=${channels.join(',')}`,
      onMessage: (message) => client.setQueryData([message.channel], message.state),
      onStatus: (status) => {
        connection.status = status
      },
    })
    const retry = () => {
      if (document.visibilityState === 'visible') stream?.retry()
    }
    window.addEventListener('online', retry)
    document.addEventListener('visibilitychange', retry)
    return () => {
      window.removeEventListener('online', retry)
      document.removeEventListener('visibilitychange', retry)
      stream?.close()
    }
  })

  $effect(() => {
    connection.receivedAt = followed.receivedAt
  })

  return {
    get state(): ChannelStates[C] | undefined {
      return followed.state
    },
    get failure(): Error | undefined {
      return followed.failure
    },
    get serverNow(): number {
      return followed.serverNow
    },
    retry() {
      stream?.retry()
      followed.refetch()
    },
  }
}
