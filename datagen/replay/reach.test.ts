import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { addressOf, checkReachable } from './reach.ts'

test('parts that do not answer are named, with the fix', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const there = { host: '127.0.0.1', port }
  await checkReachable({ Kafka: there })
  await new Promise((resolve) => server.close(resolve))
  await expect(checkReachable({ Kafka: there, ClickHouse: there })).rejects.toThrow(
    `Nothing answers for Kafka at 127.0.0.1:${port}, ClickHouse at 127.0.0.1:${port}. Start the stack with npm start`,
  )
})

test('addresses take the port of their protocol where they have none', () => {
  expect(addressOf('http://127.0.0.1:9000')).toEqual({ host: '127.0.0.1', port: 9000 })
  expect(addressOf('https://s3.example.org')).toEqual({ host: 's3.example.org', port: 443 })
})
