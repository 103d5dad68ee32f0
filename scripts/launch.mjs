#!/usr/bin/env node
/**
 * Runs a command of scripts/ on Node 24, which comes with the packages. Plain JavaScript for Node 20, because it
 * runs before any package is there.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const COMMANDS = {
  up: 'npm start             run the whole stack',
  doctor: 'npm run doctor        can this machine run it, and the fix where not',
  status: 'npm run status        addresses, health and counts of the running stack',
  replay: 'npm run replay        send real files through the running stack',
  datagen: 'npm run datagen       validate: how real the twin is',
  history: 'npm run history       years of daily sales as Parquet',
  director: 'npm run director      lead the twin: its clock, what happens, orders',
  models: 'npm run models        train and measure models',
  jobs: 'npm run jobs          run a scheduled job by hand',
  rebuild: 'npm run rebuild       the warehouse again from the lake',
  retention: 'npm run retention     how long everything is kept, and what goes next',
  bench: 'npm run bench         measure on this machine',
  generate: 'npm run generate      components.json, .env.example and the rest that comes from platform/parts',
  prepare: 'install and build what a start or a test needs',
  test: 'npm test              what CI runs',
  'test-heavy': 'npm run test:heavy    what takes longer than CI should',
}
/** These run beside a stack, and an install would take the packages from under it. */
const BESIDE_A_STACK = new Set([
  'status',
  'replay',
  'datagen',
  'history',
  'director',
  'models',
  'jobs',
  'rebuild',
  'retention',
  'doctor',
])
const OLDEST_NODE = 20
const OLDEST_NPM = 9
/** The services run their .ts files as they are, which needs it. */
const SERVICE_NODE = 24
/** How soon the end of npm is seen. */
const LOOK_EVERY_MS = 1_000

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

function fail(message) {
  console.error(message)
  process.exit(1)
}

const lockFile = join(root, 'package-lock.json')
/** Digest of the lock file that `npm ci` was last run for. */
const mark = join(root, 'node_modules', '.shelfcast-lock')
const lockDigest = () => createHash('sha256').update(readFileSync(lockFile)).digest('hex')

/** Packages of programs name the systems that they are for; others are for all, and optional for another reason. */
function isForThisMachine({ os, cpu }) {
  return os?.includes(process.platform) === true && cpu?.includes(process.arch) === true
}

/**
 * True when `npm ci` has been run for this package-lock.json, or when what npm recorded as installed agrees with it,
 * as it does after any npm command. npm writes that record last, so a broken install has none.
 */
function packagesMatch() {
  const record = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(record)) return false
  if (existsSync(mark) && readFileSync(mark, 'utf8') === lockDigest()) return true
  const locked = JSON.parse(readFileSync(lockFile, 'utf8')).packages
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages
  return Object.entries(locked).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true
    const copy = installed[path]
    // What is optional and not there is for other platforms.
    if (!copy) return (entry.optional === true || entry.devOptional === true) && !isForThisMachine(entry)
    return copy.version === entry.version && copy.integrity === entry.integrity
  })
}

/** The process that is under way, and whether it has been asked to end. */
let child
let isEnding = false

function end(signal) {
  isEnding = true
  child?.kill(signal)
}

/** The parent of a live process, or undefined where it has ended. */
function parentOf(pid) {
  try {
    if (process.platform !== 'linux')
      return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }))
    // The name stands in brackets and may hold spaces (proc(5): 3 state, 4 ppid).
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}

function commandLineOf(pid) {
  try {
    return process.platform === 'linux'
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      : execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}

/**
 * Ends with the npm that runs this as its script: a kill of npm passes nothing on. Whoever starts the launcher itself
 * may end and leave it running, and so may the shell in which npm runs in the background.
 */
function endWithNpm() {
  const { npm_lifecycle_script: script } = process.env
  if (!script?.startsWith(`node scripts/launch.mjs ${command}`)) return
  const parent = process.ppid
  // npm runs scripts in a shell, which some shells replace by their last command.
  const isShell = / -c .*launch\.mjs/.test(commandLineOf(parent))
  const npm = isShell ? parentOf(parent) : parent
  setInterval(() => {
    const isAbove = process.ppid === parent && (!isShell || parentOf(parent) === npm)
    // A stop that is under way is not hurried: a second signal kills.
    if (isAbove || isEnding) return
    process.stderr.write(`npm (process ${npm}), which ran this, has ended\n`)
    end('SIGTERM')
  }, LOOK_EVERY_MS).unref()
}

/** `npm ci`, with a sign of life: it takes from seconds (warm cache) to a few minutes. */
async function installPackages() {
  const npm = spawnSync('npm', ['--version'], { encoding: 'utf8' })
  if (npm.error || npm.status !== 0)
    fail('npm is not on the PATH. Install Node.js from your system or nodejs.org.')
  if (Number.parseInt(npm.stdout, 10) < OLDEST_NPM) {
    fail(
      `npm ${npm.stdout.trim()} is too old. Install npm ${OLDEST_NPM} or newer: npm install --global npm@latest`,
    )
  }
  const began = Date.now()
  const terminal = process.stderr.isTTY === true
  const tell = () => {
    const text = `Installing packages (npm ci) ... ${Math.round((Date.now() - began) / 1000)} s`
    process.stderr.write(terminal ? `\r${text}` : `${text}\n`)
  }
  tell()
  const timer = setInterval(tell, terminal ? 1_000 : 15_000)
  child = spawn(
    'npm',
    ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  const code = await new Promise((resolve) => {
    child.once('error', () => resolve(1))
    child.once('close', resolve)
  })
  clearInterval(timer)
  if (isEnding) process.exit(1)
  if (terminal) process.stderr.write('\n')
  // npm names the engine of each platform package that is not for this Node; nothing follows from it.
  const text = output
    .split('\n')
    .filter((line) => !line.includes('EBADENGINE'))
    .join('\n')
    .trim()
  if (code !== 0) {
    fail(
      `${text}\nnpm ci failed with exit code ${code}. Correct what it names above, then run the command again.`,
    )
  }
  writeFileSync(mark, lockDigest())
  process.stderr.write(`Packages installed in ${((Date.now() - began) / 1000).toFixed(1)} s\n`)
}

/** The Node that the commands run on: the one among the packages, else the running one when it is new enough. */
function serviceNode() {
  const packaged = join(root, 'node_modules', '.bin', 'node')
  if (existsSync(packaged)) return packaged
  if (Number.parseInt(process.versions.node, 10) >= SERVICE_NODE) return process.execPath
  return fail(
    `There is no packaged Node ${SERVICE_NODE} for ${process.platform}-${process.arch}, and this is Node ` +
      `${process.versions.node}. Install Node ${SERVICE_NODE} or newer and run the command again.`,
  )
}

const [command = '', ...args] = process.argv.slice(2)
if (!Object.hasOwn(COMMANDS, command)) {
  const list = Object.entries(COMMANDS).map(([name, use]) => `  ${name.padEnd(12)}${use}`)
  fail(`Unknown command "${command}". Commands:\n${list.join('\n')}`)
}
if (process.platform === 'win32')
  fail('Windows runs Shelfcast inside WSL 2: open a WSL terminal and run it there.')
if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  fail(`Node ${process.versions.node} is too old. Install Node ${OLDEST_NODE} or newer.`)
}
// Where nobody reads any more, what is said is lost, and the stop goes on.
process.stderr.on('error', () => undefined)
endWithNpm()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => end(signal))
const isThere = existsSync(join(root, 'node_modules', '.package-lock.json'))
if (!(BESIDE_A_STACK.has(command) && isThere) && !packagesMatch()) await installPackages()

const bin = join(root, 'node_modules', '.bin')
child = spawn(
  serviceNode(),
  // kafkajs asks for a timer in the past now and then; Node 24 says so each time, and nothing follows from it.
  ['--disable-warning=TimeoutNegativeWarning', join(root, 'scripts', `${command}.ts`), ...args],
  {
    // The channel tells the command when this process is gone, so that it does not outlive it.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}` },
  },
)
child.once('error', (error) => fail(`Could not run ${serviceNode()}: ${error.message}`))
child.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
