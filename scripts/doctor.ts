/** `npm run doctor`: can this machine run the stack, and the exact fix where not. */
import { parseArgs, styleText } from 'node:util'
import { configuredPorts } from '@shelfcast/platform/machine/ports'
import { preflight } from '@shelfcast/platform/machine/preflight'
import { USUAL_PARTS } from '@shelfcast/platform/parts/parts'
import { readSettings } from '@shelfcast/platform/state/configuration'
import { dataFolder, layout } from '@shelfcast/platform/state/layout'
import { readStack } from '@shelfcast/platform/state/stack'

const MARKS = {
  ok: styleText('green', 'ok     '),
  warning: styleText('yellow', 'warning'),
  fault: styleText('red', 'FAULT  '),
}

try {
  const { values } = parseArgs({ options: { data: { type: 'string' } } })
  const dataDir = dataFolder(values.data)
  const running = isRunning(dataDir)
  const findings = await preflight({
    dataDir,
    ports: configuredPorts(readSettings()),
    // Taken by ourselves, which is as it should be.
    parts: running ? [] : USUAL_PARTS,
  })
  for (const { subject, level, text } of findings) {
    process.stdout.write(`${MARKS[level]}  ${subject.padEnd(10)} ${text}\n`)
  }
  if (running) process.stdout.write(`${MARKS.ok}  Stack      runs on ${dataDir} (${layout(dataDir).stack})\n`)
  const faults = findings.filter(({ level }) => level === 'fault').length
  process.stdout.write(
    faults === 0 ? 'This machine can run Shelfcast: npm start\n' : `${faults} to correct first.\n`,
  )
  process.exitCode = faults === 0 ? 0 : 1
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}

function isRunning(dataDir: string): boolean {
  try {
    return readStack(dataDir) !== undefined
  } catch {
    return false
  }
}
