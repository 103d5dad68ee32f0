import { KafkaEnvironment, LakeEnvironment, port, ServiceEnvironment } from '@shelfcast/runtime/environment'
import { Type } from 'typebox'
import type { Part } from './part.ts'

export const TwinAccess = Type.Object({
  /** Empty: there is none. */
  TWIN_URL: Type.String({ default: '', wiring: true }),
  /** Who has it may direct the twin. */
  TWIN_TOKEN: Type.String({ minLength: 8, secret: true }),
})
const { TWIN_TOKEN } = TwinAccess.properties

/** Which world the twin lives in. */
export const WorldEnvironment = Type.Object({
  TWIN_WORLD: Type.String({
    default: 'small',
    description:
      'The twin: which world (small, medium, large, or the path of a world file), and its seed: the same ones give the same events. Speed is seconds of store time in a second, 1 to 10000: 3600 is an hour a second.',
  }),
  TWIN_SEED: Type.Integer({ minimum: 0, maximum: 999_999, default: 1 }),
})
export const SpeedEnvironment = Type.Object({
  TWIN_SPEED: Type.Number({ minimum: 1, maximum: 10_000, default: 3_600 }),
})

export const twin = {
  title: 'Retailer twin',
  role: 'event source, director',
  entry: 'datagen/twin.ts',
  // Its messages live for a moment. Collected often, they take 60 MB less, and it is as fast.
  flags: ['--max-semi-space-size=4'],
  environment: Type.Object({
    ...ServiceEnvironment.properties,
    ...KafkaEnvironment.properties,
    ...LakeEnvironment.properties,
    ...WorldEnvironment.properties,
    ...SpeedEnvironment.properties,
    TWIN_PORT: port(8082),
    TWIN_TOKEN,
  }),
  ports: { health: 'TWIN_PORT' },
  access: TwinAccess,
  addresses: ({ health }) => ({ TWIN_URL: `http://${health}` }),
  needs: ['ingest', 'spark', 'inference', 'api', 'seed'],
  stops: 1,
  memory_mb: 240,
  compose: { service: 'twin', environment: {} },
  aws: 'ECS Fargate task',
} as const satisfies Part
