/** One supervised process, played by small Node programs. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { identify } from './identity.ts'
import { createPart, type Part, type PartEvents } from './part.ts'

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
function play(program: string, events: PartEvents = {}): Part {
  let said = false
  return createPart(
    'actor',
    {
      command: process.execPath,
      args: ['-e', program],
      environment: {},
      format: 'pino',
      isReady: async () => said,
    },
    folder,
    {
      ...events,
      spawned: () => {
        said = false
      },
      line: (line) => {
        said ||= line.text.includes('ready')
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
