import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { createPatience } from '@shelfcast/runtime/patience'
import { expect, test } from 'vitest'
import { untilReachable } from './reach.ts'

test('without a stack it ends at once; a part that is away of one that is there is waited for', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const late = createServer().listen(0, '127.0.0.1')
  await once(late, 'listening')
  const { port: latePort } = late.address() as AddressInfo
  await new Promise((resolve) => late.close(resolve))
  const lines: string[] = []
  const patience = createPatience({
    waitS: 60,
    dataDir: undefined,
    say(text) {
      lines.push(text)
      if (!late.listening) late.listen(latePort, '127.0.0.1')
    },
  })

  await untilReachable({ kafka: url, warehouse: `http://127.0.0.1:${latePort}` }, patience)
  expect(lines).toEqual([
    'ClickHouse (warehouse) does not answer; waiting for it to come back (up to 60 s)',
    expect.stringMatching(/^ClickHouse \(warehouse\) is back after /),
  ])

  await Promise.all([server, late].map((each) => new Promise((resolve) => each.close(resolve))))
  await expect(untilReachable({ kafka: url, warehouse: url }, patience)).rejects.toThrow(
    `Nothing answers for kafka at 127.0.0.1:${port}, warehouse at 127.0.0.1:${port}. Start the stack with npm start`,
  )
})
