/** What runs once at a start, to its end. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { dieWithParent } from '@shelfcast/runtime/die-with-parent'
import type { OneShotPlan } from '../native/plan.ts'
import { REPOSITORY } from '../state/layout.ts'
import { type LogLine, readable } from './part-log.ts'

/** @throws its last lines when it fails */
export async function runOnce(
  { command, args, environment, format }: OneShotPlan,
  events: { line(line: LogLine): void; spawned(pid: number): void; ended(): void },
): Promise<void> {
  const [first, ...rest] = [...dieWithParent(), command, ...args]
  const child = spawn(first!, rest, {
    cwd: REPOSITORY,
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (text) => {
      const line = readable(text, format)
      lines.push(line.text)
      events.line(line)
    })
  }
  if (child.pid !== undefined) events.spawned(child.pid)
  const how = await new Promise<number | string | null>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(code ?? signal))
  })
  events.ended()
  if (how !== 0) throw new Error(`${rest.at(-1)} ended with ${how}:\n${lines.slice(-15).join('\n')}`)
}
