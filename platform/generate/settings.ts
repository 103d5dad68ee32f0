/** .env.example: every setting once, with its default and what is to be said about it. */
import { RetentionEnvironment } from '@shelfcast/contracts/retention'
import {
  KafkaEnvironment,
  LakeEnvironment,
  OperationalEnvironment,
  ServiceEnvironment,
  WarehouseEnvironment,
} from '@shelfcast/runtime/environment'
import type { TObject, TSchema } from 'typebox'
import { api } from '../parts/api.ts'
import { InferenceAccess } from '../parts/inference.ts'
import { IngestAccess, ingest, LandingEnvironment, StreamEnvironment } from '../parts/ingest.ts'
import {
  ConnectorEnvironment,
  JobsAccess,
  jobs,
  ModelsEnvironment,
  SparkPythonEnvironment,
} from '../parts/jobs.ts'
import { CatalogueEnvironment } from '../parts/lake.ts'
import {
  DockerImages,
  DockerMemory,
  DockerPorts,
  RealDataEnvironment,
  ToolsEnvironment,
} from '../parts/machine.ts'
import { compact } from '../parts/on-demand.ts'
import { OrderEnvironment } from '../parts/orders.ts'
import { defaultOf } from '../parts/part.ts'
import { PARTS, partOf } from '../parts/parts.ts'
import { GivenSecrets, secrets } from '../parts/secrets.ts'
import { HistoryEnvironment } from '../parts/seed.ts'
import { SparkAccess, SparkEnvironment, WindowEnvironment } from '../parts/spark.ts'
import { SpeedEnvironment, TwinAccess, WorldEnvironment } from '../parts/twin.ts'
import { warehouse } from '../parts/warehouse.ts'

const WIDTH = 120
const HEAD = `# Every variable that Shelfcast reads, once, with its default. Nothing needs to be set.
# To change one, copy this file to .env and take away the "#": \`npm start\` and \`docker compose up\` read it.
# Written by \`npm run generate\` from platform/parts.
`
const RETENTION =
  'How long things are kept, in days, or "keep" (docs/retention.md; all of it is in services/contracts/retention.json): blocks of the raw zone that the curated zone covers, snapshots of the curated zone, fact tables of the warehouse, dead letters, forecasts, messages in Kafka.'

/** What a person may want to change, a block each. A setting stands in the first block that has it. */
const USUAL: { settings: TObject; text?: string }[] = [
  { settings: RealDataEnvironment },
  { settings: ServiceEnvironment },
  { settings: WorldEnvironment },
  { settings: SpeedEnvironment },
  { settings: HistoryEnvironment },
  { settings: DockerMemory },
  { settings: StreamEnvironment },
  { settings: SparkEnvironment },
  { settings: WindowEnvironment },
  { settings: LandingEnvironment },
  { settings: RetentionEnvironment, text: RETENTION },
  { settings: ConnectorEnvironment },
  { settings: OrderEnvironment },
  { settings: GivenSecrets },
  { settings: LakeEnvironment },
  { settings: ToolsEnvironment },
  { settings: DockerImages },
]
/** Blocks that go on without a blank line. */
const GOES_ON = new Set<TObject>([SpeedEnvironment, HistoryEnvironment, SparkEnvironment, WindowEnvironment])

const WIRING: TObject[] = [
  CatalogueEnvironment,
  KafkaEnvironment,
  LakeEnvironment,
  WarehouseEnvironment,
  OperationalEnvironment,
  IngestAccess,
  TwinAccess,
  InferenceAccess,
  JobsAccess,
  SparkAccess,
  SparkEnvironment,
  jobs.environment,
  ModelsEnvironment,
  SparkPythonEnvironment,
  ServiceEnvironment,
  api.environment,
  warehouse.environment,
  ingest.environment,
  compact.environment,
  secrets.environment,
]

export function settingsFile(): string {
  const written = new Set<string>()
  const lines = (settings: TObject, takes: (schema: TSchema) => boolean): string[] =>
    Object.entries(settings.properties).flatMap(([name, schema]) => {
      if (written.has(name) || !takes(schema)) return []
      written.add(name)
      const text = (schema as { description?: string }).description
      return [...(text === undefined ? [] : comment(text)), `#${name}=${defaultOf(schema) ?? ''}`]
    })

  const usual: string[][] = [ports(written)]
  for (const { settings, text } of USUAL) {
    const block = lines(settings, (schema) => !has(schema, 'wiring') && !has(schema, 'secret'))
    if (block.length === 0) continue
    const whole = [...(text === undefined ? [] : comment(text)), ...block]
    if (GOES_ON.has(settings)) usual.at(-1)!.push(...whole)
    else usual.push(whole)
  }
  const wiring = WIRING.map((settings) => lines(settings, (schema) => has(schema, 'wiring')))
  return `${[
    HEAD,
    title('What a person may want to change'),
    '',
    usual.map((block) => block.join('\n')).join('\n\n'),
    '',
    title(
      'Where a process finds the others: set by `npm start` and by docker-compose.yml; set them only to run one by itself',
    ),
    '',
    wiring.flat().join('\n'),
  ].join('\n')}\n`
}

function has(schema: TSchema, mark: 'wiring' | 'secret' | 'published'): boolean {
  return (schema as Record<string, unknown>)[mark] === true
}

/** Ports of all parts, those of the host first. */
function ports(written: Set<string>): string[] {
  const all = [
    ...PARTS.flatMap((name) => {
      const part = partOf(name)
      return Object.values(part.ports).map(
        (variable) => [variable, part.environment.properties[variable]!] as const,
      )
    }),
    ...Object.entries(DockerPorts.properties),
  ]
  for (const [variable] of all) written.add(variable)
  const of = (published: boolean) =>
    all
      .filter(([, schema]) => has(schema, 'published') === published)
      .map(([variable, schema]) => `#${variable}=${defaultOf(schema)}`)
  return [
    '# Host ports, all on 127.0.0.1; Kafka UI is there with Docker only.',
    ...of(true),
    ...comment(
      "Ports that only `npm start` opens: Kafka's controller, SeaweedFS's own, the operational store (PostgreSQL), inference, and the health of ingest, Spark, twin and jobs. SeaweedFS listens for gRPC 10000 above each of its ports.",
    ),
    ...of(false),
  ]
}

function title(text: string): string {
  return `# --- ${text} `.padEnd(WIDTH, '-')
}

/** In lines of at most WIDTH characters. */
function comment(text: string): string[] {
  const lines: string[] = []
  let line = '#'
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = '#'
    }
    line += ` ${word}`
  }
  return [...lines, line]
}
