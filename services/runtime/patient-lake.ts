/** The object store over its restarts, for commands. */
import { Readable } from 'node:stream'
import type { Lake, StoredObject } from './lake.ts'
import type { Patience } from './patience.ts'

/** Calls of the client itself that change nothing. */
const READS = new Set<string | symbol>(['listBuckets', 'getBucketLifecycle', 'statObject'])

export function patientLake(lake: Lake, patience: Patience): Lake {
  const until = <T>(work: () => Promise<T>) => patience.until('lake', work)
  return {
    client: new Proxy(lake.client, {
      get(client, name) {
        const member: unknown = Reflect.get(client, name)
        if (typeof member !== 'function') return member
        const call = (...args: unknown[]): unknown => Reflect.apply(member, client, args)
        if (READS.has(name)) return (...args: unknown[]) => until(async () => call(...args))
        if (name === 'listObjectsV2')
          return (...args: unknown[]) => Readable.from(wholly(() => call(...args) as AsyncIterable<unknown>))
        return call
      },
    }),
    bucket: lake.bucket,
    read: (zone, name) => until(() => lake.read(zone, name)),
    metadata: (zone, name) => until(() => lake.metadata(zone, name)),
    put: (zone, name, body) => until(() => lake.put(zone, name, body)),
    async create(zone, name, body, metadata) {
      let isAgain = false
      return until(async () => {
        const wasTried = isAgain
        isAgain = true
        if (await lake.create(zone, name, body, metadata)) return true
        // The answer to the first try may be what was lost.
        return wasTried && (await lake.read(zone, name)).equals(body)
      })
    },
    async *list(zone, prefix, after = '') {
      let last = after
      let objects: AsyncIterator<StoredObject> | undefined
      for (;;) {
        const next = await until(async () => {
          // After a failure it goes on after the last name.
          objects ??= lake.list(zone, prefix, last)[Symbol.asyncIterator]()
          return objects.next().catch((error: unknown) => {
            objects = undefined
            throw error
          })
        })
        if (next.done) return
        last = next.value.name
        yield next.value
      }
    },
  }

  async function* wholly<T>(list: () => AsyncIterable<T>): AsyncGenerator<T> {
    yield* await until(() => Array.fromAsync(list()))
  }
}
