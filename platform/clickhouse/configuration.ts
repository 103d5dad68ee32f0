/** Configuration of the embedded engine, written next to its data, readable by the owner only. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CURATED_COLLECTION,
  CURATED_DATABASE,
  DATABASE,
  FEATURES_COLLECTION,
  LAKE_COLLECTION,
} from '@shelfcast/contracts/warehouse'
import { CEILINGS, HIDDEN_SYSTEM_TABLES } from './rights/analyst.ts'

const MIB = 1_048_576

// One careless query must not take the laptop: past this it fails with MEMORY_LIMIT_EXCEEDED, and sorting and
// grouping go to disk at half of it.
const QUERY_MEMORY = 2_048 * MIB
// Two such queries at once, and what merges need beside them.
const SERVER_MEMORY = 2 * QUERY_MEMORY + 512 * MIB
// Marks of a hundred million rows take about 30 MiB; ClickHouse's own default of 5 GiB is for servers.
const MARK_CACHE = 128 * MIB
// A block of the lake is read once, to be loaded; ClickHouse would keep the footers of 512 MiB of them.
const PARQUET_METADATA_CACHE = 16 * MIB
// Below it nothing is inserted or merged. When a disk is full to the last byte, the engine takes what it could not
// write as done: inserts and merges that are under way then report success and leave empty files (chDB 3.4).
export const DISK_KEPT_FREE = 256 * MIB

// Waits double up to 5 s, so a lake that is away fails the query after about 15 s; the engine's own 500 hold it for
// most of an hour, and cannot be cancelled meanwhile.
const LAKE_ATTEMPTS = 10

// They name files of the server, which nobody's query needs.
const NEVER_CHANGED = [
  'format_schema',
  'format_schema_source',
  'format_template_resultset',
  'format_template_row',
  'output_format_schema',
]

export interface LakeAccess {
  /** With the raw bucket, ending in a slash. */
  url: string
  /** With the curated bucket, ending in a slash. */
  curatedUrl: string
  featuresUrl: string
  accessKey: string
  secretKey: string
}

const xml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** @returns path of the file to give to the engine */
export function writeConfiguration(folder: string, lake: LakeAccess): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const users = join(folder, 'users.xml')
  const server = join(folder, 'server.xml')
  writeFileSync(users, usersConfiguration(), { mode: 0o600 })
  writeFileSync(server, serverConfiguration(users, lake), { mode: 0o600 })
  return server
}

function serverConfiguration(users: string, lake: LakeAccess): string {
  return `<clickhouse>
  <users_config>${xml(users)}</users_config>
  <logger><level>none</level></logger>
  <mark_cache_size>${MARK_CACHE}</mark_cache_size>
  <parquet_metadata_cache_size>${PARQUET_METADATA_CACHE}</parquet_metadata_cache_size>
  <max_server_memory_usage>${SERVER_MEMORY}</max_server_memory_usage>
  <storage_configuration>
    <disks><default><keep_free_space_bytes>${DISK_KEPT_FREE}</keep_free_space_bytes></default></disks>
  </storage_configuration>
  <named_collections>
    ${collection(LAKE_COLLECTION, lake.url, lake)}
    ${collection(CURATED_COLLECTION, lake.curatedUrl, lake)}
    ${collection(FEATURES_COLLECTION, lake.featuresUrl, lake)}
  </named_collections>
</clickhouse>
`
}

function collection(name: string, url: string, { accessKey, secretKey }: LakeAccess): string {
  return `<${name}>
      <url>${xml(url)}</url>
      <access_key_id>${xml(accessKey)}</access_key_id>
      <secret_access_key>${xml(secretKey)}</secret_access_key>
    </${name}>`
}

/**
 * The engine has one user, so roles are roles of it, and a connection takes the one that it is for (`set role`): what a
 * role was not granted the engine refuses, whatever a statement is made of. Its profile cannot hold values, which are
 * set on the connection, and holds their bounds.
 */
export const SERVICE_ROLE = 'service'
export const ANALYST_ROLE = 'analyst'
/** For connections on which statements are read and not run: nothing is granted to it. */
export const READER_ROLE = 'reader'

function usersConfiguration(): string {
  // FILE, URL and every other source but the lake are withheld from everybody: the gateway's own pipes do not need
  // them. implicit_select and the introspection functions are chDB's defaults, not the server's.
  return `<clickhouse>
  <profiles>
    <default>
      <max_memory_usage>${QUERY_MEMORY}</max_memory_usage>
      <max_bytes_before_external_group_by>${QUERY_MEMORY / 2}</max_bytes_before_external_group_by>
      <max_bytes_before_external_sort>${QUERY_MEMORY / 2}</max_bytes_before_external_sort>
      <max_query_size>${64 * MIB}</max_query_size>
      <s3_retry_attempts>${LAKE_ATTEMPTS}</s3_retry_attempts>
      <session_timezone>UTC</session_timezone>
      <implicit_select>0</implicit_select>
      <allow_introspection_functions>0</allow_introspection_functions>
      <constraints>
        <max_memory_usage><min>${MIB}</min><max>${QUERY_MEMORY}</max></max_memory_usage>
        ${NEVER_CHANGED.map((name) => `<${name}><readonly/></${name}>`).join('\n        ')}
      </constraints>
    </default>
    <${ANALYST_ROLE}>
      <constraints>
        ${Object.entries(CEILINGS)
          .map(([name, { least, most }]) => `<${name}><min>${least}</min><max>${most}</max></${name}>`)
          .join('\n        ')}
      </constraints>
    </${ANALYST_ROLE}>
  </profiles>
  <roles>
    <${SERVICE_ROLE}>
      <grants>
        <query>GRANT ALL ON *.*</query>
        <query>REVOKE SOURCES ON *.*</query>
        <query>GRANT S3 ON *.*</query>
      </grants>
    </${SERVICE_ROLE}>
    <${ANALYST_ROLE}>
      <grants>
        <query>GRANT SELECT, SHOW ON ${DATABASE}.*</query>
        <query>GRANT SELECT, SHOW ON ${CURATED_DATABASE}.*</query>
      </grants>
    </${ANALYST_ROLE}>
    <${READER_ROLE}></${READER_ROLE}>
  </roles>
  <users>
    <default>
      <password></password>
      <networks><ip>::/0</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants>
        <query>GRANT ${SERVICE_ROLE}</query>
        <query>GRANT ${ANALYST_ROLE}</query>
        <query>GRANT ${READER_ROLE}</query>
      </grants>
      <databases>
        <system>
          ${[...HIDDEN_SYSTEM_TABLES]
            .map((name) => `<${name}><filter>has(currentRoles(), '${SERVICE_ROLE}')</filter></${name}>`)
            .join('\n          ')}
        </system>
      </databases>
    </default>
  </users>
  <quotas><default></default></quotas>
</clickhouse>
`
}
