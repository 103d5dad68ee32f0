/** The files that are written from the parts. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { REPOSITORY } from '../state/layout.ts'
import { componentsFile } from './components.ts'
import { composeFile } from './compose.ts'
import { settingsFile } from './settings.ts'
import { sparkSettingsFile } from './spark.ts'

const COMPOSE = 'docker-compose.yml'

/** Text by path in the repository. */
export function generatedFiles(): Record<string, string> {
  return {
    'components.json': componentsFile(),
    '.env.example': settingsFile(),
    'spark-jobs/shelfcast_spark/settings.json': sparkSettingsFile(),
    [COMPOSE]: composeFile(readFileSync(join(REPOSITORY, COMPOSE), 'utf8')),
  }
}
