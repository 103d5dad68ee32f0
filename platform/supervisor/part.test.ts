/** One supervised process, played by small Node programs. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Plan } from '../native/plan.ts'
import { identify } from '../processes/identity.ts'
import { createPart, type Part, type PartEvents } from './part.ts'
import { serviceIsReady, serviceResponds } from './probes.ts'

let folder: string
let part: Part | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shelfcast-part-'))
})
afterEach(async () => {
  await part?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** A part that runs the program and is ready as soon as it has written "ready". */
function play(program: string, events: PartEvents = {}, stopSignal?: NodeJS.Signals): Part {
  let isReady = false
  return createPart(
    'actor',
    {
      command: process.execPath,
      args: ['-e', program],
      environment: {},
      format: 'pino',
      isReady: async () => isReady,
      ...(stopSignal && { stopSignal }),
    },
    folder,
    {
      ...events,
      spawned: () => {
        isReady = false
      },
      line: (line) => {
        isReady ||= line.text.includes('ready')
        events.line?.(line)
      },
    },
  )
}
const LIVES = 'console.log("ready"); setInterval(() => {}, 1000)'

test('it is ready when its probe says so, and stops on SIGTERM', async () => {
  part = play(LIVES)
  await part.start()
  const pid = part.pid!
  expect(part.state).toBe('ready')
  await part.stop()
  expect(part.state).toBe('stopped')
  expect(identify(pid)).toBeUndefined()
  expect(readFileSync(join(folder, 'actor.log'), 'utf8')).toBe('ready\n')
})

test('one that dies before it is ready fails the start with its last words', async () => {
  part = play('console.error("no such bucket"); process.exit(3)')
  await expect(part.start()).rejects.toThrow(
    /^actor ended with exit code 3 before it was ready:\n {2}no such bucket$/,
  )
  expect(part.state).toBe('stopped')
  expect(part.pid).toBeUndefined()
})

test('a command that does not exist fails the start', async () => {
  part = createPart(
    'actor',
    { command: 'no-such-program', args: [], environment: {}, format: 'pino', isReady: async () => false },
    folder,
  )
  await expect(part.start()).rejects.toThrow(/^actor (ended with exit code 127|could not be run)/)
})

test('one that is killed is started again, and says so', async () => {
  const news: string[] = []
  part = play(LIVES, { news: (text) => news.push(text) })
  await part.start()
  const first = part.pid!
  part.kill('SIGKILL')
  await vi.waitUntil(() => part!.state === 'ready' && part!.pid !== first, { timeout: 10_000 })
  expect(part.restarts).toBe(1)
  await vi.waitUntil(() => news.length === 2)
  expect(news[0]).toMatch(/^ended with SIGKILL; starting it again/)
  expect(news[1]).toMatch(/^is back after/)
})

/** Answers while it runs, because the question is put to it and not to us. */
function answering(
  program: string,
  liveness: (port: () => number) => Partial<Plan>,
  events: PartEvents = {},
): Part {
  let port = 0
  return createPart(
    'actor',
    {
      command: process.execPath,
      args: ['-e', program],
      environment: {},
      format: 'pino',
      isReady: async () => port > 0,
      ...liveness(() => port),
    },
    folder,
    {
      ...events,
      spawned: () => {
        port = 0
      },
      line: (line) => {
        port ||= Number(/^ready on (\d+)$/.exec(line.text)?.[1] ?? 0)
      },
    },
  )
}
const SERVER = `const server = require('node:http').createServer((_, answer) => answer.writeHead(503).end())
  server.listen(0, '127.0.0.1', () => console.log('ready on ' + server.address().port))`
/** Far below a real one, and far above what an answer takes. */
const SILENCE_MS = 1_200

test('one that runs and answers nothing is killed and started again, and says so', async () => {
  const news: string[] = []
  part = answering(
    SERVER,
    (port) => ({ liveness: { answers: () => serviceResponds(port(), 5_000), silenceMs: SILENCE_MS } }),
    { news: (text) => news.push(text) },
  )
  await part.start()
  const first = part.pid!
  // given a process that stands still, with its port open
  process.kill(first, 'SIGSTOP')
  // then
  await vi.waitUntil(() => part!.state === 'ready' && part!.pid !== first, { timeout: 20_000 })
  expect(identify(first)).toBeUndefined()
  expect(part.restarts).toBe(1)
  expect(news[0]).toMatch(/^runs and has answered nothing for 1\.2 s \(.+\); killing it$/)
})

test('one that pauses for less than its limit is left alone', async () => {
  let questions = 0
  // Five of six stay without answer, again and again.
  const answers = async () => ++questions % 6 === 0
  part = answering(SERVER, () => ({ liveness: { answers, silenceMs: 120 } }))
  await part.start()
  const first = part.pid
  await vi.waitUntil(() => questions > 60, { timeout: 20_000 })
  expect(part).toMatchObject({ state: 'ready', pid: first, restarts: 0 })
})

test('a service that answers that it is not ready lives', async () => {
  let port = 0
  part = answering(SERVER, (portOf) => ({
    isReady: async () => {
      port = portOf()
      return port > 0
    },
  }))
  await part.start()
  expect(await serviceIsReady(port)).toBe(false)
  expect(await serviceResponds(port, 5_000)).toBe(true)
})

test('what is due before a start is done before each, and a stop waits for it', async () => {
  const steps: string[] = []
  let goOn: () => void = () => undefined
  part = createPart(
    'actor',
    {
      command: process.execPath,
      args: ['-e', LIVES],
      environment: {},
      format: 'pino',
      isReady: async () => true,
      prepare: async (note) => {
        note('prepared')
        steps.push('prepare')
        if (steps.length > 3) await new Promise<void>((resolve) => (goOn = resolve))
      },
      sweep: () => void steps.push('sweep'),
    },
    folder,
    { spawned: () => void steps.push('spawn') },
  )
  await part.start()
  part.kill('SIGKILL')
  await vi.waitUntil(() => steps.length >= 4)
  let hasStopped = false
  const stopped = part.stop().then(() => {
    hasStopped = true
  })
  await setImmediate()
  expect(hasStopped).toBe(false)
  goOn()
  await stopped
  expect(steps).toEqual(['prepare', 'spawn', 'sweep', 'prepare'])
  expect(part.pid).toBeUndefined()
})

test('it is asked to stop by the signal that it stops on', async () => {
  part = play(
    `process.on('SIGTERM', () => {}); process.on('SIGINT', () => process.exit(0)); ${LIVES}`,
    {},
    'SIGINT',
  )
  await part.start()
  await part.stop()
  expect(part.state).toBe('stopped')
})

test('one that was crashed on purpose stays down until it is started', async () => {
  part = play(LIVES)
  await part.start()
  const first = part.pid
  await part.crash()
  expect(part.state).toBe('stopped')
  await part.start()
  expect(part.pid).not.toBe(first)
  expect(part.restarts).toBe(0)
})

test('a stop during the wait before a restart wins', async () => {
  part = play(LIVES)
  await part.start()
  part.kill('SIGKILL')
  await vi.waitUntil(() => part!.state === 'waiting')
  await part.stop()
  // Longer than the wait that was running.
  await expect(part.ready(1_000)).rejects.toThrow('actor is stopped')
  expect(part.pid).toBeUndefined()
})

test('what it started itself goes with it', async () => {
  let grandchild = 0
  const program = `const { pid } = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    console.log('ready with ' + pid); setInterval(() => {}, 1000)`
  part = play(program, {
    line: ({ text }) => {
      grandchild = Number(text.split(' ').at(-1))
    },
  })
  await part.start()
  expect(identify(grandchild)).toBeDefined()
  await part.crash()
  await vi.waitUntil(() => identify(grandchild) === undefined)
})

test.runIf(process.platform === 'linux')('it dies with a supervisor that is killed', async () => {
  // given a part that writes nothing, so that no broken pipe ends it
  const program = `
    const { createPart } = await import(${JSON.stringify(join(import.meta.dirname, 'part.ts'))})
    const part = createPart('actor', {
      command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'],
      environment: {}, format: 'pino', isReady: async () => true,
    }, ${JSON.stringify(folder)})
    await part.start()
    console.log(part.pid)`
  const supervisor = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [pid] = (await once(createInterface({ input: supervisor.stdout }), 'line')).map(Number)
  expect(identify(pid!)).toBeDefined()
  // when
  supervisor.kill('SIGKILL')
  // then
  await vi.waitUntil(() => identify(pid!) === undefined, { timeout: 5_000 })
})
