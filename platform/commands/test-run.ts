/** Prepares what tests need, and runs vitest. */
import { join } from 'node:path'
import { runInForeground } from '../processes/foreground.ts'
import { REPOSITORY } from '../state/layout.ts'
import { buildDashboard } from '../tools/dashboard.ts'
import { createProgress } from '../tools/progress.ts'
import {
  prepareGoClient,
  prepareModelsTests,
  prepareSchemathesis,
  prepareSparkTests,
  prepareStockpyl,
  prepareTestClients,
  prepareTools,
} from '../tools/tools.ts'

/** Hundreds of short processes: what one has compiled the next need not, and Java's thorough compiler never earns its time back. */
const SHORT_LIVES = {
  NODE_COMPILE_CACHE: join(REPOSITORY, 'node_modules', '.cache', 'node'),
  JDK_JAVA_OPTIONS: '-XX:TieredStopAtLevel=1',
}

/** @returns variables that tell tests where PostgreSQL, Spark, the training packages and the foreign clients of the warehouse are */
export async function prepareAll(): Promise<Record<string, string>> {
  const progress = createProgress()
  const { java, postgres } = await prepareTools(progress)
  const { python, jdbc } = await prepareTestClients(progress)
  const spark = await prepareSparkTests(progress)
  const models = await prepareModelsTests(progress)
  await buildDashboard(progress)
  return {
    SHELFCAST_TEST_JAVA: java,
    SHELFCAST_TEST_POSTGRES: postgres,
    ...(python && { SHELFCAST_TEST_PYTHON: python }),
    ...(jdbc && { SHELFCAST_TEST_JDBC: jdbc }),
    SHELFCAST_TEST_SPARK: spark.python,
    SHELFCAST_TEST_SPARK_JARS: spark.jars,
    SHELFCAST_TEST_MODELS: models,
    // So that what the tests start trains with it, and installs nothing.
    MODELS_PYTHON: models,
  }
}

/** @returns variables that tell the heavy tests where the Go client, schemathesis and stockpyl are */
export async function prepareHeavy(): Promise<Record<string, string>> {
  const progress = createProgress()
  const go = await prepareGoClient(progress)
  return {
    ...(go !== undefined && { SHELFCAST_TEST_GO: go }),
    SHELFCAST_TEST_SCHEMATHESIS: await prepareSchemathesis(progress),
    SHELFCAST_TEST_STOCKPYL: await prepareStockpyl(progress),
  }
}

/**
 * Runs vitest with the arguments of the command line, and ends the process as vitest did.
 * @param prepareMore what these tests need beside what all need
 */
export async function runTests(
  configuration: string,
  prepareMore: () => Promise<Record<string, string>> = async () => ({}),
): Promise<void> {
  try {
    const variables = { ...(await prepareAll()), ...(await prepareMore()) }
    process.exitCode = await runInForeground(
      process.execPath,
      [
        join(REPOSITORY, 'node_modules', 'vitest', 'vitest.mjs'),
        'run',
        '--config',
        configuration,
        ...process.argv.slice(2),
      ],
      { cwd: REPOSITORY, env: { ...SHORT_LIVES, ...process.env, ...variables } },
    )
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
