import { INGEST_GROUP } from '@shelfcast/contracts/topics'
import {
  KafkaEnvironment,
  LakeEnvironment,
  port,
  ServiceEnvironment,
  WarehouseEnvironment,
} from '@shelfcast/runtime/environment'
import { Type } from 'typebox'
import type { Part } from './part.ts'

const PORT = 8081

export const IngestAccess = Type.Object({
  INGEST_URL: Type.String({
    default: `http://127.0.0.1:${PORT}`,
    wiring: true,
    description:
      'Services that the API asks. TWIN_URL, INFERENCE_URL and JOBS_URL are empty where there is none; Spark is asked where it is the STREAM_ENGINE.',
  }),
})

export const StreamEnvironment = Type.Object({
  STREAM_ENGINE: Type.Union([Type.Literal('node'), Type.Literal('spark')], {
    default: 'node',
    description:
      'Who lands the blocks: node (ingest, on one machine) or spark (docs/spark.md). With Docker also give `--profile spark`; without, `npm start -- --with spark` says the same.',
  }),
})

/** How blocks are made, whoever lands them. */
export const LandingEnvironment = Type.Object({
  INGEST_LINGER_MS: Type.Integer({
    minimum: 0,
    maximum: 60_000,
    default: 1_000,
    description:
      'Milliseconds that the first sale of a block waits for others at most (what is not a sale: five times as long): longer makes fewer, larger objects.',
  }),
  INGEST_ID_MEMORY_MB: Type.Integer({
    minimum: 1,
    maximum: 4_096,
    default: 96,
    description:
      'Megabytes for the ids of accepted messages, by which repetition is recognised: 96 hold four to eight million; older ones are looked up in the warehouse.',
  }),
  INGEST_NEW_EPOCH: Type.String({
    default: '',
    description:
      'Topics, with commas, that were deleted and created again: each begins an epoch of its own in the lake, once.',
  }),
})

export const ingest = {
  title: 'Ingest',
  role: 'gate and blocks',
  entry: 'services/ingest/main.ts',
  // What it works on lies in typed arrays, outside of the heap: a small nursery takes 90 MB less. But their bytes have
  // the heap collected as if it grew, every third of a second; with more room, that takes a tenth less time in all.
  flags: ['--max-semi-space-size=4', '--heap-growing-percent=200'],
  environment: Type.Object({
    ...ServiceEnvironment.properties,
    ...KafkaEnvironment.properties,
    ...LakeEnvironment.properties,
    ...WarehouseEnvironment.properties,
    ...StreamEnvironment.properties,
    ...LandingEnvironment.properties,
    INGEST_PORT: port(PORT),
    INGEST_GROUP: Type.String({
      default: INGEST_GROUP,
      wiring: true,
      description: 'Consumer group of ingest.',
    }),
    INGEST_KILL_AFTER: Type.Optional(
      Type.String({
        pattern: '^[a-z-]+(:\\d+)?$',
        wiring: true,
        description:
          'Fault injection for tests: ingest kills itself after the n-th time of a step, as in load:3.',
      }),
    ),
  }),
  ports: { health: 'INGEST_PORT' },
  access: IngestAccess,
  addresses: ({ health }) => ({ INGEST_URL: `http://${health}` }),
  needs: ['provision', 'migrate'],
  stops: 2,
  memory_mb: 400,
  compose: { service: 'ingest', environment: {} },
  aws: 'ECS Fargate task',
} as const satisfies Part
