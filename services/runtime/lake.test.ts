/** What the client of the object store does with a store that is there and says nothing. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLake, type Lake } from './lake.ts'

const connections: Socket[] = []
const store = createServer((socket) => connections.push(socket.resume()))
let lake: Lake

beforeAll(async () => {
  await once(store.listen(0, '127.0.0.1'), 'listening')
  const { port } = store.address() as AddressInfo
  const limitMs = 100
  lake = createLake(
    {
      S3_ENDPOINT: `http://127.0.0.1:${port}`,
      S3_REGION: 'us-east-1',
      S3_ACCESS_KEY: 'key',
      S3_SECRET_KEY: 'secret',
      S3_BUCKET_RAW: 'raw',
      S3_BUCKET_CURATED: 'curated',
      S3_BUCKET_FEATURES: 'features',
      S3_BUCKET_TRUTH: 'truth',
    },
    limitMs,
  )
})
afterAll(() => {
  for (const connection of connections) connection.destroy()
  store.close()
})

test('a request that is never answered fails', async () => {
  const message = 'The object store has said nothing for 0.1 s.'
  await expect(lake.create('raw', 'block', Buffer.from('rows'))).rejects.toThrow(message)
  await expect(lake.read('raw', 'block')).rejects.toThrow(message)
  await expect(lake.metadata('raw', 'block')).rejects.toThrow(message)
})
