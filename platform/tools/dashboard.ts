/** The planner's static build, made again when what it is made from has changed. */
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../processes/run.ts'
import { REPOSITORY } from '../state/layout.ts'
import type { Progress } from './progress.ts'

const PLANNER = join(REPOSITORY, 'dashboards', 'planner')
export const DASHBOARD_BUILD = join(PLANNER, 'build')
/** Digest of the sources of the present build; kept with the packages, which belong to one checkout too. */
const MARK = join(REPOSITORY, 'node_modules', '.shelfcast-dashboard')
const SOURCES = [
  'dashboards/planner/{src,static}/**/*',
  'dashboards/planner/*.{json,ts,js}',
  'services/contracts/*.ts',
  'package-lock.json',
]

export async function buildDashboard(progress: Progress): Promise<void> {
  const digest = sourceDigest()
  if (existsSync(DASHBOARD_BUILD) && existsSync(MARK) && readFileSync(MARK, 'utf8') === digest) return
  await progress.step('Building the dashboard', () => run('npm', ['run', 'build'], { cwd: PLANNER }))
  // What the build itself generates among the sources is part of the digest.
  writeFileSync(MARK, sourceDigest())
}

function sourceDigest(): string {
  const hash = createHash('sha256')
  for (const path of globSync(SOURCES, { cwd: REPOSITORY }).sort()) {
    const file = join(REPOSITORY, path)
    if (statSync(file).isFile()) hash.update(path).update('\0').update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex')
}
