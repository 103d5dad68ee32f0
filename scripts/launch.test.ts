/** The launcher, in small repositories of its own: what it says when something is missing, and what it passes on. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { identify } from '@shelfcast/platform/processes/identity'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

let repository: string

beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), 'shelfcast-launch-'))
  put('package-lock.json', JSON.stringify({ packages: locked('1.0.0') }))
  put('node_modules/.package-lock.json', JSON.stringify({ packages: locked('1.0.0') }))
  put('scripts/doctor.ts', 'console.log("arguments", ...process.argv.slice(2)); process.exit(7)')
  cpSync(join(import.meta.dirname, 'launch.mjs'), join(repository, 'scripts/launch.mjs'))
})
afterEach(() => rmSync(repository, { recursive: true, force: true }))

function put(path: string, text: string, mode = 0o644) {
  const file = join(repository, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  chmodSync(file, mode)
}

function locked(version: string) {
  return {
    '': {},
    'node_modules/fastify': { version },
    'node_modules/only-elsewhere': { version: '2.0.0', optional: true },
  }
}

/** @param nodeVersion what the launcher is made to believe that it runs on */
function launch(args: string[], { nodeVersion }: { nodeVersion?: string } = {}) {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${nodeVersion}' } })`
  const flags = nodeVersion ? ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`] : []
  return spawnSync(process.execPath, [...flags, 'scripts/launch.mjs', ...args], {
    cwd: repository,
    encoding: 'utf8',
    env: { PATH: `${join(repository, 'bin')}:${process.env.PATH}` },
  })
}

/** An npm that writes down how it was called and then does what a line of shell says. */
function fakeNpm(line: string, version = '10.9.0') {
  put(
    'bin/npm',
    `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; exit; fi\necho "$@" > called\n${line}\n`,
    0o755,
  )
}

test('an unknown command is answered with the list of commands', () => {
  const { status, stderr } = launch(['strat'])
  expect(status).toBe(1)
  expect(stderr).toContain('Unknown command "strat"')
  for (const command of ['up', 'doctor', 'status', 'replay', 'test'])
    expect(stderr).toContain(`  ${command} `)
})

test('arguments and exit code are passed on', () => {
  const { status, stdout, stderr } = launch(['doctor', '--data', 'a b'])
  expect(stderr).toBe('')
  expect(stdout).toBe('arguments --data a b\n')
  expect(status).toBe(7)
})

test('an old Node is refused with the one that is wanted', () => {
  const { status, stderr } = launch(['doctor'], { nodeVersion: '18.20.0' })
  expect(status).toBe(1)
  expect(stderr).toBe('Node 18.20.0 is too old. Install Node 20 or newer.\n')
})

test('without a packaged Node 24, an older one cannot run the services', () => {
  const { status, stderr } = launch(['doctor'], { nodeVersion: '20.20.0' })
  expect(status).toBe(1)
  expect(stderr).toContain('Install Node 24 or newer')
})

test('packages that differ from the lock file are installed first', () => {
  put('scripts/prepare.ts', 'console.log("arguments", ...process.argv.slice(2)); process.exit(7)')
  put('package-lock.json', JSON.stringify({ packages: locked('1.0.1') }))
  fakeNpm('echo "npm warn EBADENGINE Unsupported engine" >&2')
  const { status, stdout, stderr } = launch(['prepare'])
  expect(readFileSync(join(repository, 'called'), 'utf8')).toMatch(/^ci /)
  expect(stderr).toMatch(/Installing packages.*\nPackages installed in/)
  expect(stderr).not.toContain('EBADENGINE')
  expect(stdout).toBe('arguments\n')
  expect(status).toBe(7)

  // and not again for the same lock file
  expect(launch(['prepare']).stderr).toBe('')
})

test('what runs beside a stack does not take the packages from under it', () => {
  put('package-lock.json', JSON.stringify({ packages: locked('1.0.1') }))
  fakeNpm('true')
  expect(launch(['doctor']).status).toBe(7)
  expect(existsSync(join(repository, 'called'))).toBe(false)
})

test('a failed install says what npm said, and nothing is run', () => {
  rmSync(join(repository, 'node_modules'), { recursive: true })
  fakeNpm('echo "npm error disk full" >&2; exit 3')
  const { status, stdout, stderr } = launch(['doctor'])
  expect(stderr).toContain('npm error disk full\nnpm ci failed with exit code 3.')
  expect(stdout).toBe('')
  expect(status).toBe(1)
})

test('an old npm is refused before it installs', () => {
  rmSync(join(repository, 'node_modules'), { recursive: true })
  fakeNpm('', '8.19.4')
  expect(launch(['doctor']).stderr).toContain('npm 8.19.4 is too old. Install npm 9 or newer')
})

/** A command that runs until it is asked to end, and says so; started by `line` in a shell that ends at once. */
async function inBackground(line: string): Promise<{ starter: number; launcher: number; command: number }> {
  const scripts = { doctor: 'node scripts/launch.mjs doctor' }
  put('package.json', JSON.stringify({ name: 'small', version: '1.0.0', type: 'module', scripts }))
  put(
    'scripts/doctor.ts',
    `import { writeFileSync } from 'node:fs'
    process.on('SIGTERM', () => { writeFileSync('ended', 'SIGTERM'); process.exit() })
    writeFileSync('runs.json', JSON.stringify([process.ppid, process.pid]), { flag: 'wx' })
    setInterval(() => writeFileSync('beats', '.', { flag: 'a' }), 500)`,
  )
  const shell = spawn('sh', ['-c', `${line} >said 2>&1 & echo $!`], {
    cwd: repository,
    env: { PATH: `${dirname(process.execPath)}:${process.env.PATH}`, HOME: repository },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [starter] = await once(shell.stdout, 'data')
  const [launcher, command] = await vi.waitFor(
    () => JSON.parse(readFileSync(join(repository, 'runs.json'), 'utf8')) as [number, number],
    { timeout: 20_000, interval: 50 },
  )
  return { starter: Number(starter), launcher, command }
}

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'a %s of the npm that runs it ends the command too',
  async (signal) => {
    const { starter, launcher, command } = await inBackground('npm run doctor')
    process.kill(starter, signal)
    await vi.waitFor(() => expect([launcher, command].map(identify)).toEqual([undefined, undefined]), {
      timeout: 20_000,
      interval: 50,
    })
    expect(readFileSync(join(repository, 'ended'), 'utf8')).toBe('SIGTERM')
  },
  60_000,
)

test('what a script of somebody starts by itself outlives that script', async () => {
  const { launcher, command } = await inBackground('sh -c "node scripts/launch.mjs doctor & sleep 0.1"')
  await vi.waitFor(() => expect(readFileSync(join(repository, 'beats'), 'utf8').length).toBeGreaterThan(5), {
    timeout: 20_000,
    interval: 100,
  })
  expect(existsSync(join(repository, 'ended'))).toBe(false)
  process.kill(launcher, 'SIGTERM')
  await vi.waitFor(() => expect(identify(command)).toBeUndefined(), { timeout: 20_000, interval: 50 })
}, 60_000)
