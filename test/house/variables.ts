/** Environment variables that a source file declares, told from its text: entry points cannot be imported. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { RetentionEnvironment } from '@shelfcast/contracts/retention'
import { BackendEnvironment } from '@shelfcast/jobs/backends'
import { ConnectorEnvironment } from '@shelfcast/jobs/environment'
import {
  KafkaEnvironment,
  LakeEnvironment,
  OperationalEnvironment,
  ServiceEnvironment,
  WarehouseEnvironment,
} from '@shelfcast/runtime/environment'

export const GROUPS = {
  KafkaEnvironment,
  LakeEnvironment,
  WarehouseEnvironment,
  OperationalEnvironment,
  ServiceEnvironment,
  BackendEnvironment,
  ConnectorEnvironment,
  RetentionEnvironment,
}

/** Variables of the file's own schema. */
export function declaredIn(source: string): string[] {
  return [...source.matchAll(/^\s+([A-Z][A-Z0-9_]+): (?:Type\.|port\(|secret,)/gm)].map((match) => match[1]!)
}

/** All variables that the file reads, those of the groups that it takes over included. */
export function readBy(source: string): string[] {
  const groups = Object.entries(GROUPS).filter(([name]) => source.includes(`${name}.properties`))
  return [...declaredIn(source), ...groups.flatMap(([, group]) => Object.keys(group.properties))]
}

/** What the programs of spark-jobs/ read, with their defaults. */
export function readBySparkJobs(): { name: string; value: string }[] {
  const folder = resolve(import.meta.dirname, '../../spark-jobs')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /(^|\/)(?!test_)[^/]+\.py$/.test(path),
  )
  return files
    .flatMap((path) =>
      [
        ...readFileSync(join(folder, path), 'utf8').matchAll(
          /(?:variables\.(?:text|whole|choice|days)\(\s*|os\.environ\.get\()"([A-Z][A-Z0-9_]*)"(?:, "?([^",)]*)|\) or "([^"]*)")?/g,
        ),
      ].map(([, name, argument, otherwise]) => ({
        name: name!,
        value: (argument ?? otherwise ?? '').replaceAll(/(?<=\d)_(?=\d)/g, ''),
      })),
    )
    .filter(({ name }) => name !== 'PYTHONPATH')
}

/** Variables of the groups that have no default. */
export const REQUIRED = Object.values(GROUPS).flatMap((group) =>
  Object.entries(group.properties)
    .filter(([, schema]) => !('default' in schema))
    .map(([name]) => name),
)
