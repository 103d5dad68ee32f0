import {
  LakeEnvironment,
  port,
  ServiceEnvironment,
  WarehouseEnvironment,
} from '@shelfcast/runtime/environment'
import { Type } from 'typebox'
import type { Part } from './part.ts'

const { CLICKHOUSE_USER, CLICKHOUSE_PASSWORD } = WarehouseEnvironment.properties

/** ClickHouse; natively the embedded one, whose environment this is. */
export const warehouse = {
  title: 'ClickHouse',
  role: 'warehouse',
  entry: 'platform/clickhouse/server.ts',
  environment: Type.Object({
    ...ServiceEnvironment.properties,
    ...LakeEnvironment.properties,
    CLICKHOUSE_USER,
    CLICKHOUSE_PASSWORD,
    WAREHOUSE_PORT: port(8123, { published: true }),
    WAREHOUSE_DATA_DIR: Type.String({
      minLength: 1,
      wiring: true,
      description: "Folder of the embedded warehouse's data. It has no default.",
    }),
    /** Without it there is no user analyst. */
    WAREHOUSE_ANALYST_PASSWORD: Type.Optional(Type.String({ secret: true })),
  }),
  ports: { http: 'WAREHOUSE_PORT' },
  access: WarehouseEnvironment,
  addresses: ({ http }) => ({ CLICKHOUSE_URL: `http://${http}` }),
  needs: [],
  stops: 3,
  memory_mb: 900,
  compose: { service: 'clickhouse' },
  aws: 'ClickHouse on EC2, or Redshift Serverless',
} as const satisfies Part
