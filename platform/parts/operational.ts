import { OperationalEnvironment, port } from '@shelfcast/runtime/environment'
import { Type } from 'typebox'
import type { Part } from './part.ts'

export const operational = {
  title: 'Operational store',
  role: 'model registry, runs, alerts',
  entry: 'infra/postgres',
  environment: Type.Object({ OPERATIONAL_PORT: port(5432) }),
  ports: { sql: 'OPERATIONAL_PORT' },
  access: OperationalEnvironment,
  addresses: ({ sql }) => ({ OPERATIONAL_URL: `postgres://shelfcast@${sql}/shelfcast` }),
  needs: [],
  stops: 3,
  memory_mb: 60,
  compose: { service: 'postgres' },
  aws: 'RDS PostgreSQL',
} as const satisfies Part
