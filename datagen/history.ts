/** Command: years of a retailer's daily sales as Parquet. See docs/twin.md. */
import { parseArguments, USAGE } from './history/arguments.ts'
import { runHistory } from './history/run.ts'

try {
  const parsed = parseArguments(process.argv.slice(2))
  if (parsed === 'help') process.stdout.write(`${USAGE}\n`)
  else await runHistory(parsed)
} catch (error) {
  const text =
    error instanceof Error ? (process.env.LOG_LEVEL === 'debug' ? error.stack : error.message) : error
  process.stderr.write(`${text}\n`)
  process.exitCode = 1
}
