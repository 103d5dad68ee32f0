/** The stack as a whole, with a real broker and a real object store. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { LakeEnvironment, readEnvironment } from '@shelfcast/runtime/environment'
import { createKafka, topicOffsets } from '@shelfcast/runtime/kafka'
import { createLake } from '@shelfcast/runtime/lake'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { answersTo } from '../../test/pages/foreign-pages.ts'
import { plan } from '../native/plans.ts'
import { type Identity, identify } from '../processes/identity.ts'
import { layout } from '../state/layout.ts'
import { readStack, stackEnvironment } from '../state/stack.ts'
import { createProgress } from '../tools/progress.ts'
import { prepareTools } from '../tools/tools.ts'
import { createPart } from './part.ts'
import { QUIET } from './probes.ts'
import { openStack, type Stack, startStack } from './supervise.ts'

let dataDir: string
let stack: Stack | undefined
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'shelfcast-stack-'))
})
afterEach(async () => {
  await stack?.stop()
  stack = undefined
  rmSync(dataDir, { recursive: true, force: true })
})

const lakeOf = (variables: Record<string, string>) => createLake(readEnvironment(LakeEnvironment, variables))

async function messagesOn(brokers: string, topic: string): Promise<number> {
  const admin = createKafka({ brokers, clientId: 'test', log: QUIET }).admin()
  await admin.connect()
  const offsets = await topicOffsets(admin, topic)
  await admin.disconnect()
  return offsets.reduce((total, { low, high }) => total + Number(high) - Number(low), 0)
}

test('start, kill -9, stop and start again: data stays and no process does', async () => {
  const parts = ['kafka', 'lake'] as const
  // given a stack with a message in Kafka and an object in the lake
  stack = await startStack({ dataDir, ports: 'free', parts })
  expect(readStack(dataDir)).toMatchObject({ pid: process.pid, parts, addresses: stack.addresses })
  const variables = stackEnvironment(dataDir)
  expect(variables).toEqual(stack.environment)
  expect(variables.CLICKHOUSE_URL).toBeUndefined()
  expect(statSync(dataDir).mode & 0o777).toBe(process.getuid?.() === 0 ? 0o710 : 0o700)
  const producer = createKafka({ brokers: variables.KAFKA_BROKERS!, clientId: 'test', log: QUIET }).producer()
  await producer.connect()
  await producer.send({ topic: 'pos-events', acks: -1, messages: [{ value: 'one' }] })
  await producer.disconnect()
  await lakeOf(variables).put('raw', 'kept', Buffer.from('kept'))
  // Where there is no browser, test/pages/pages.test.ts does not ask them.
  const { master, volume, filer, console } = stack.ports.lake
  for (const port of [master, volume, filer, console]) expect(await answersTo(port!)).toEqual([])

  // when both are killed at once
  const killed = parts.map((name) => stack!.part(name).pid!)
  for (const pid of killed) process.kill(pid, 'SIGKILL')

  // then both come back by themselves, with what they held
  await vi.waitUntil(
    () => parts.every((name) => stack!.part(name).restarts === 1 && stack!.part(name).state === 'ready'),
    { timeout: 60_000, interval: 100 },
  )
  expect(await messagesOn(variables.KAFKA_BROKERS!, 'pos-events')).toBe(1)
  expect((await lakeOf(variables).read('raw', 'kept')).toString()).toBe('kept')

  // and a stop leaves neither processes nor an address that nobody answers
  const pids = parts.map((name) => stack!.part(name).pid!)
  await stack.stop()
  expect([...killed, ...pids].filter((pid) => identify(pid) !== undefined)).toEqual([])
  expect(() => readStack(dataDir)).toThrow(
    `No stack runs on ${dataDir}. Start it with: npm start -- --data ${dataDir}`,
  )

  // and a second start has the same ports, keys and data
  const again = await startStack({ dataDir, ports: 'free', parts })
  expect(again.environment).toEqual(variables)
  stack = again
  expect(await messagesOn(variables.KAFKA_BROKERS!, 'pos-events')).toBe(1)
  expect((await lakeOf(variables).read('raw', 'kept')).toString()).toBe('kept')
}, 180_000)

test('parts die with a supervisor that is killed, and the folder can be taken again', async () => {
  const program = `
    const { startStack } = await import(${JSON.stringify(join(import.meta.dirname, 'supervise.ts'))})
    await startStack({ dataDir: ${JSON.stringify(dataDir)}, ports: 'free', parts: ['lake'] })
    console.log('up')`
  const supervisor = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(createInterface({ input: supervisor.stdout }), 'line')
  const { lake } = JSON.parse(readFileSync(layout(dataDir).processes, 'utf8')) as { lake: Identity }
  expect(identify(lake.pid)).toEqual(lake)

  // a second supervisor is told who holds the folder
  await expect(openStack({ dataDir, ports: 'free', parts: ['lake'] })).rejects.toThrow(
    `Shelfcast already runs on ${dataDir} (process ${supervisor.pid}).`,
  )

  supervisor.kill('SIGKILL')
  await once(supervisor, 'exit')
  if (process.platform === 'linux') {
    await vi.waitUntil(() => identify(lake.pid) === undefined, { timeout: 5_000 })
  }
  stack = await startStack({ dataDir, ports: 'free', parts: ['lake'] })
  expect(identify(lake.pid)).toBeUndefined()
}, 90_000)

test('a process that a killed supervisor left is ended, another with its id is not', async () => {
  const leftover = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  try {
    await Promise.all([once(leftover, 'spawn'), once(other, 'spawn')])
    const paths = layout(dataDir)
    writeFileSync(paths.secrets, '{}')
    const reused = { ...identify(other.pid!), started: 'at another time' }
    writeFileSync(paths.processes, JSON.stringify({ kafka: identify(leftover.pid!), lake: reused }))
    const news: string[] = []
    const exit = once(leftover, 'exit')
    stack = await openStack({ dataDir, ports: 'free', parts: ['lake'], onNews: (part) => news.push(part) })
    await exit
    expect(news).toEqual(['kafka'])
    expect(identify(other.pid!)).toBeDefined()
  } finally {
    leftover.kill('SIGKILL')
    other.kill('SIGKILL')
  }
})

test('a folder that holds something else is not taken', async () => {
  mkdirSync(join(dataDir, 'photos'))
  await expect(openStack({ dataDir, ports: 'free' })).rejects.toThrow(
    `${dataDir} holds "photos" and no Shelfcast data. Choose an empty or new folder with --data DIR.`,
  )
})

test('a part that cannot start fails the start, and nothing stays', async () => {
  // given a lake whose data folder is a file
  const paths = layout(dataDir)
  stack = await openStack({ dataDir, ports: 'free', parts: ['lake'] })
  mkdirSync(paths.lake)
  writeFileSync(join(paths.lake, 'filerldb2'), 'not a database')
  await expect(stack.start()).rejects.toThrow(/^lake ended with .* before it was ready:\n/)
  expect(stack.part('lake').pid).toBeUndefined()
  expect(() => readFileSync(paths.lock)).toThrow('ENOENT')
}, 120_000)

test('the operational store is started again when it answers no query, whatever its port says', async () => {
  stack = await openStack({ dataDir, ports: 'free', parts: ['operational'] })
  const { ports, secrets } = stack
  const tools = await prepareTools(createProgress(process.stderr))
  const partPlan = plan('operational', {
    dataDir,
    ports,
    secrets,
    settings: {},
    tools,
    parts: ['operational'],
  })
  // given one that may be silent for 3 s, instead of a minute
  const liveness = { ...partPlan.liveness!, silenceMs: 3_000 }
  const part = createPart('operational', { ...partPlan, liveness }, layout(dataDir).logs)
  try {
    await part.start()
    const first = part.pid!
    // when its port takes connections, and nobody answers on them
    process.kill(first, 'SIGSTOP')
    // then
    await vi.waitUntil(() => part.restarts > 0 && part.state === 'ready', { timeout: 60_000 })
    expect(identify(first)).toBeUndefined()
    expect(await partPlan.isReady()).toBe(true)
  } finally {
    await part.stop()
  }
}, 120_000)
