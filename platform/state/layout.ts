/** Where things lie: the repository, the tools that all stacks of a checkout share, and one stack's data. */
import { join, resolve } from 'node:path'

export const REPOSITORY = resolve(import.meta.dirname, '../..')

/** Folder that `--data` names, or the default. Relative to where the person stands, also under npm. */
export function dataFolder(folder?: string): string {
  return folder === undefined ? join(REPOSITORY, '.shelfcast') : resolve(callerFolder(), folder)
}

/** npm runs scripts in the repository's root and remembers where it was called. */
export function callerFolder(): string {
  const here = process.cwd()
  return here === REPOSITORY ? (process.env.INIT_CWD ?? here) : here
}

/** Toolchain (jars, Python environments, JDK): several hundred MB, the same for every data folder. */
export function toolsFolder(): string {
  return resolve(process.env.SHELFCAST_TOOLS ?? join(REPOSITORY, '.shelfcast', 'tools'))
}

/** Names inside a data folder. */
export function layout(dataDir: string) {
  return {
    /** There while the stack is up: addresses, ports, process id. */
    stack: join(dataDir, 'stack.json'),
    secrets: join(dataDir, 'secrets.json'),
    /** Ports that `--ports free` chose, so that the next start takes the same. */
    ports: join(dataDir, 'ports.json'),
    /** Held by the supervisor of the folder while it lives. */
    lock: join(dataDir, 'supervisor.lock'),
    /** Process ids of the parts, for a start after the supervisor was killed. */
    processes: join(dataDir, 'processes.json'),
    kafka: join(dataDir, 'kafka'),
    lake: join(dataDir, 'lake'),
    /** SeaweedFS's settings, which hold the console's password. */
    lakeOptions: join(dataDir, 'lake.options'),
    /** Key and certificate of its parts among each other. */
    lakeCertificate: join(dataDir, 'lake.pem'),
    warehouse: join(dataDir, 'warehouse'),
    operational: join(dataDir, 'operational'),
    /** What an earlier version kept there. */
    operationalBefore: join(dataDir, 'operational.old'),
    /** What Spark writes aside while it works. */
    spark: join(dataDir, 'spark'),
    logs: join(dataDir, 'logs'),
  }
}

/** `npm start`, as one would type it for this data folder. */
export function commandFor(npmCommand: string, dataDir: string): string {
  return dataDir === dataFolder() ? npmCommand : `${npmCommand} -- --data ${dataDir}`
}
