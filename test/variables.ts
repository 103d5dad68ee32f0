/** Environment variables that a source file declares, told from its text: entry points cannot be imported. */
import { RetentionEnvironment } from '@shelfcast/contracts/retention'
import { ConnectorEnvironment } from '@shelfcast/jobs/environment'
import {
  KafkaEnvironment,
  LakeEnvironment,
  ServiceEnvironment,
  WarehouseEnvironment,
} from '@shelfcast/runtime/environment'

export const GROUPS = {
  KafkaEnvironment,
  LakeEnvironment,
  WarehouseEnvironment,
  ServiceEnvironment,
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

/** Variables of the groups that have no default. */
export const REQUIRED = Object.values(GROUPS).flatMap((group) =>
  Object.entries(group.properties)
    .filter(([, schema]) => !('default' in schema))
    .map(([name]) => name),
)
