/** The curated zone brought up to date, by spark-jobs/compact_lake.py. */
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { SparkPythonEnvironment } from '@shelfcast/platform/parts/jobs'
import { BACKGROUND_THREADS, endInBackground, spawnInBackground } from '@shelfcast/runtime/background'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Job } from '../engine/job.ts'

const SCRIPT = resolve(import.meta.dirname, '../../../spark-jobs/compact_lake.py')
/** How much of what it said goes into the error, in lines. */
const SAID_LINES = 15

/** Each holds rows that it sorts: more would need a larger driver. */
const TASKS_AT_ONCE = 2
/** What a task does twice is there once. */
const TASK_ATTEMPTS = 4

const figuresValidator = Compile(Type.Record(Type.String(), Type.Number()))

/** @param environment SPARK_PYTHON: Python with PySpark; the rest is for the script */
export function compact(environment: NodeJS.ProcessEnv = process.env, script = SCRIPT): Job<'compact'> {
  const python = () => readEnvironment(SparkPythonEnvironment, environment).SPARK_PYTHON
  return {
    name: 'compact',
    isHeavy: true,
    missing: () =>
      python() === undefined
        ? 'Spark is not there: SPARK_PYTHON names no Python with PySpark. Run npm run jobs -- compact, which installs it, or start with npm start -- --with spark.'
        : undefined,
    async run({ log, signal }) {
      const command = python()!
      signal.throwIfAborted()
      // With the JVM that it starts.
      const child = spawnInBackground(command, [script], {
        env: {
          SPARK_LOCAL_IP: '127.0.0.1',
          SPARK_MASTER: `local[${Math.min(TASKS_AT_ONCE, BACKGROUND_THREADS)},${TASK_ATTEMPTS}]`,
          ...environment,
          PYSPARK_PYTHON: command,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const end = () => endInBackground(child)
      signal.addEventListener('abort', end, { once: true })
      const messages: string[] = []
      let last = ''
      for (const stream of [child.stdout!, child.stderr!])
        createInterface({ input: stream }).on('line', (line) => {
          if (stream === child.stdout) last = line
          messages.push(line)
          if (messages.length > SAID_LINES) messages.shift()
          log.debug(line)
        })
      try {
        const [code, killed] = (await once(child, 'close')) as [number | null, string | null]
        signal.throwIfAborted()
        if (code !== 0)
          throw new Error(`${messages.join('\n')}\ncompact_lake.py ended with ${code ?? killed}`)
      } finally {
        signal.removeEventListener('abort', end)
      }
      const figures: unknown = JSON.parse(last)
      if (!figuresValidator.Check(figures))
        throw new Error(`compact_lake.py ended with "${last}", which is no object of figures`)
      return { figures, shortfalls: [] }
    },
  }
}
