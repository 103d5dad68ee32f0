import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, expect, test } from 'vitest'
import { PARTS } from '../parts/parts.ts'
import { configuredPorts, freePorts, isFree, portFaults } from './ports.ts'

const cleanUps: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const step of cleanUps.splice(0)) await step()
})

test('ports are those of the parts, overruled by variables', () => {
  const ports = configuredPorts({ KAFKA_PORT: '19092', S3_CONSOLE_PORT: '9101', API_PORT: '' })
  expect(ports.kafka).toEqual({ broker: 19_092, controller: 9_093 })
  expect(ports.lake).toMatchObject({ s3: 9_000, console: 9_101 })
  expect(ports.api.http).toBe(8_080)
})

test('a variable that is no port is refused by name', () => {
  expect(() => configuredPorts({ API_PORT: '80a' })).toThrow(
    'API_PORT is "80a". Set it to a port from 1 to 65535.',
  )
  expect(() => configuredPorts({ S3_PORT: '60000' })).toThrow(
    'S3_PORT is "60000". Set it to a port from 1 to 55535.',
  )
})

test('a taken port names the process that has it and the variable that moves it', async () => {
  const ports = await freePorts()
  const program = `require('node:net').createServer().listen(${ports.api.http}, '127.0.0.1', () => console.log('listening'))`
  const holder = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  cleanUps.push(async () => {
    holder.kill('SIGKILL')
    await once(holder, 'exit')
  })
  await once(createInterface({ input: holder.stdout }), 'line')
  const [fault, ...others] = await portFaults(ports, PARTS)
  expect(others).toEqual([])
  expect(fault).toMatch(
    new RegExp(
      `^Port ${ports.api.http} is taken by process ${holder.pid} \\(\\w+\\)\\. Stop it, or set API_PORT in .env to a free port\\.$`,
    ),
  )
  expect(await portFaults(ports, ['kafka', 'lake'])).toEqual([])
})

test("the lake's gRPC ports are looked at too", async () => {
  const ports = await freePorts()
  const server = createServer().listen(ports.lake.s3! + 10_000, '127.0.0.1')
  cleanUps.push(() => server.close())
  await once(server, 'listening')
  expect(await portFaults(ports, ['lake'])).toEqual([
    expect.stringContaining('(S3_PORT + 10000) is taken by process'),
  ])
})

test('one port for two parts is refused', async () => {
  const ports = await freePorts()
  ports.api.http = ports.ingest.health!
  expect(await portFaults(ports, ['ingest', 'api'])).toContain(
    `Port ${ports.api.http} is given to both INGEST_PORT and API_PORT. Change one of them in .env.`,
  )
})

test('free ports are free, differ, and are the same again while they stay free', async () => {
  const first = await freePorts()
  const numbers = Object.values(first).flatMap((byName) => Object.values(byName))
  expect(new Set(numbers).size).toBe(numbers.length)
  expect(await Promise.all(numbers.map(isFree))).not.toContain(false)
  expect(await freePorts(first)).toEqual(first)

  const server = createServer().listen(first.twin.health, '127.0.0.1')
  cleanUps.push(() => server.close())
  await once(server, 'listening')
  const next = await freePorts(first)
  expect(next.twin.health).not.toBe(first.twin.health)
  expect({ ...next, twin: first.twin }).toEqual(first)
})

test('what another live process was given is not free, though nobody listens yet; afterwards it is', async () => {
  const program = `import(process.argv[1]).then(async ({ freePorts }) => {
    console.log(JSON.stringify(await freePorts()))
    setInterval(() => {}, 1_000)
  })`
  const other = spawn(process.execPath, ['-e', program, join(import.meta.dirname, 'ports.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  cleanUps.push(() => other.kill('SIGKILL'))
  const [line] = await once(createInterface({ input: other.stdout }), 'line')
  const theirs = JSON.parse(line) as Awaited<ReturnType<typeof freePorts>>
  const numbers = (ports: typeof theirs) => Object.values(ports).flatMap((byName) => Object.values(byName))
  const taken = new Set(numbers(theirs))
  expect(numbers(await freePorts(theirs)).filter((port) => taken.has(port))).toEqual([])

  other.kill('SIGKILL')
  await once(other, 'exit')
  expect(await freePorts(theirs)).toEqual(theirs)
})
