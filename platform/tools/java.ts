/** A Java that Kafka runs on: the machine's, or none. */
import { join } from 'node:path'
import { ask } from '../processes/run.ts'

export const OLDEST_JAVA = 17

export interface Java {
  command: string
  version: string
  major: number
}

/** The Java of JAVA_HOME or else of the PATH, or undefined when there is none. */
export async function findJava(): Promise<Java | undefined> {
  const home = process.env.JAVA_HOME
  for (const command of [...(home ? [join(home, 'bin', 'java')] : []), 'java']) {
    // "17.0.15", or "1.8.0_392" for the old ones.
    const version = /version "([^"]+)"/.exec((await ask(command, ['-version'])) ?? '')?.[1]
    if (version === undefined) continue
    const [first = '0', second = '0'] = version.split('.')
    return { command, version, major: Number.parseInt(first === '1' ? second : first, 10) }
  }
  return undefined
}
