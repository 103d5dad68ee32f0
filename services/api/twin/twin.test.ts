import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { StreamMessage, TwinState } from '@shelfcast/contracts/api'
import type { DirectorState } from '@shelfcast/contracts/twin'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildTestServer, NOWHERE } from '../../../test/api/fixture.ts'

let answer: DirectorState | { error: string }
let twin: Server
let url: string

const running: DirectorState = {
  run: 'tiny-1-abcdef012345',
  world: 'tiny',
  seed: 1,
  time_zone: 'Europe/Dublin',
  clock: {
    store_time: '2026-01-05T09:00:00.000Z',
    as_of: '2026-11-21T12:00:00.000Z',
    speed: 'max',
    paused: false,
  },
  jump: null,
  happenings: [
    {
      id: 'viral_product-1',
      kind: 'viral_product',
      active: true,
      from: '2026-01-05T08:00:00.000Z',
      to: '2026-01-07T08:00:00.000Z',
      strength: 8,
      stores: [],
      sku: 'P-1001',
      product_name: 'Semi-skimmed milk',
    },
  ],
  orders: [],
  external_stores: ['DUB-01'],
}

beforeEach(async () => {
  answer = running
  twin = createServer((_, response) => response.end(JSON.stringify(answer))).listen(0, '127.0.0.1')
  await once(twin, 'listening')
  url = `http://127.0.0.1:${(twin.address() as AddressInfo).port}`
})
afterEach(() => void twin.close())

async function answerOf(twinUrl: string): Promise<TwinState['twin']> {
  const app = await buildTestServer({ twinUrl })
  try {
    const answer = await app.inject({ url: '/api/v1/twin', headers: { host: '127.0.0.1' } })
    expect(answer.statusCode).toBe(200)
    return answer.json<TwinState>().twin
  } finally {
    await app.close()
  }
}

test('what the director tells is passed on whole', async () => {
  expect(await answerOf(url)).toEqual(running)
})

test('no twin, one that is away, one that is starting: all are null', async () => {
  expect(await answerOf('')).toBeNull()
  expect(await answerOf(NOWHERE)).toBeNull()
  answer = { error: 'starting' }
  expect(await answerOf(url)).toBeNull()
})

test('a change is pushed to whoever listens', async () => {
  const app = await buildTestServer({ twinUrl: url })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/stream?channels=twin`)
  const states: TwinState['twin'][] = []
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as StreamMessage
    if (message.channel === 'twin') states.push(message.state.twin)
  })
  try {
    await expect.poll(() => states.length, { timeout: 10_000 }).toBe(1)
    answer = { ...running, happenings: [] }
    await expect.poll(() => states.length, { timeout: 10_000 }).toBe(2)
    expect(states.map((state) => state?.happenings.length)).toEqual([1, 0])
  } finally {
    socket.close()
    await app.close()
  }
})
