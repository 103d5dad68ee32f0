/** A job by hand against the running stack, with what it needs installed. */
import { givenOf } from '../native/plan.ts'
import { compactSettings } from '../native/spark.ts'
import { ConnectorEnvironment } from '../parts/jobs.ts'
import { readSettings } from '../state/configuration.ts'
import { createProgress } from '../tools/progress.ts'
import { prepareModelsPython, prepareSpark } from '../tools/tools.ts'
import { runProgram } from './programs.ts'

export async function runJob(): Promise<void> {
  await runProgram(
    'services/jobs/run.ts',
    (args) => args.some((word) => !word.startsWith('-')) && !args.includes('--help'),
    prepare,
  )
}

async function prepare(args: readonly string[]): Promise<Record<string, string>> {
  const settings = readSettings()
  // Where the connectors fetch from may be said in .env, which only a start reads otherwise.
  const variables = givenOf(ConnectorEnvironment, settings)
  if (args.includes('--help')) return variables
  const progress = createProgress(process.stderr)
  if (args.includes('train')) variables.MODELS_PYTHON = await prepareModelsPython(progress)
  // Whoever asks for it by hand is given Spark.
  if (args.includes('compact'))
    Object.assign(variables, compactSettings(settings, await prepareSpark(progress)))
  return variables
}
