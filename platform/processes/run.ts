/** Runs a tool to its end. */
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { dieWithParent } from '@shelfcast/runtime/die-with-parent'

export interface RunOptions {
  cwd?: string
  env?: NodeJS.ProcessEnv
}

/** How much of what a failed tool said goes into the error, in lines. */
const OUTPUT_LINES = 20

/**
 * @returns what the tool wrote on standard output
 * @throws the command, its exit code and the end of what it said
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const [first, ...rest] = [...dieWithParent(), command, ...args]
  const child = spawn(first!, rest, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
    output += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
  })
  const code = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode, signal) => resolve(exitCode ?? signal))
  })
  if (code === 0) return stdout
  const end = output.trim().split('\n').slice(-OUTPUT_LINES).join('\n')
  throw new Error(`${end}\n"${[command, ...args].join(' ')}" ended with ${code}.`)
}

/** Standard output and error together, or undefined when the tool is missing or fails. */
export async function ask(command: string, args: readonly string[]): Promise<string | undefined> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  }
  return new Promise((resolve) => {
    child.once('error', () => resolve(undefined))
    child.once('close', (code) => resolve(code === 0 ? output : undefined))
  })
}

/** The file that a bare command name stands for, or undefined when the PATH has none. */
export function onPath(command: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, command))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
