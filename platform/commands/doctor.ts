/** Can this machine run the stack, and the exact fix where not. */
import { styleText } from 'node:util'
import { createCommand, withDataOption } from '@shelfcast/runtime/command'
import type { Command } from 'commander'
import { configuredPorts } from '../machine/ports.ts'
import { preflight } from '../machine/preflight.ts'
import { USUAL_PARTS } from '../parts/parts.ts'
import { readSettings } from '../state/configuration.ts'
import { dataFolder, layout } from '../state/layout.ts'
import { readStack } from '../state/stack.ts'

const MARKS = {
  ok: styleText('green', 'ok     '),
  warning: styleText('yellow', 'warning'),
  fault: styleText('red', 'FAULT  '),
}

export function doctorCommand(): Command {
  const command = createCommand(
    'doctor',
    'Says whether this machine can run the stack, and the fix where not.',
  )
  return withDataOption(command, 'where the data would lie').action(async ({ data }: { data?: string }) => {
    process.exitCode = (await examine(dataFolder(data))) ? 0 : 1
  })
}

/** @returns whether a stack can run */
async function examine(dataDir: string): Promise<boolean> {
  const runs = isRunning(dataDir)
  const findings = await preflight({
    dataDir,
    ports: configuredPorts(readSettings()),
    // Taken by ourselves, which is as it should be.
    parts: runs ? [] : USUAL_PARTS,
  })
  for (const { subject, level, text } of findings) {
    process.stdout.write(`${MARKS[level]}  ${subject.padEnd(10)} ${text}\n`)
  }
  if (runs) process.stdout.write(`${MARKS.ok}  Stack      runs on ${dataDir} (${layout(dataDir).stack})\n`)
  const faults = findings.filter(({ level }) => level === 'fault').length
  process.stdout.write(
    faults === 0 ? 'This machine can run Shelfcast: npm start\n' : `${faults} to correct first.\n`,
  )
  return faults === 0
}

function isRunning(dataDir: string): boolean {
  try {
    return readStack(dataDir) !== undefined
  } catch {
    return false
  }
}
