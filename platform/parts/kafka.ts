import { KafkaEnvironment, port } from '@shelfcast/runtime/environment'
import { Type } from 'typebox'
import type { Part } from './part.ts'

export const kafka = {
  title: 'Apache Kafka',
  role: 'broker',
  entry: 'infra/kafka',
  environment: Type.Object({
    KAFKA_PORT: port(9092, { published: true }),
    KAFKA_CONTROLLER_PORT: port(9093),
  }),
  ports: { broker: 'KAFKA_PORT', controller: 'KAFKA_CONTROLLER_PORT' },
  access: KafkaEnvironment,
  addresses: ({ broker }) => ({ KAFKA_BROKERS: broker! }),
  needs: [],
  stops: 4,
  memory_mb: 450,
  // The listener of the network; the one on 9092 tells clients the address of the host.
  compose: { service: 'kafka', ports: { broker: 19_092 } },
  aws: 'MSK Serverless, or Kinesis in the student profile',
} as const satisfies Part
