import { LakeEnvironment, port } from '@shelfcast/runtime/environment'
import { Type } from 'typebox'
import type { Part } from './part.ts'

/** Catalogue of the curated tables. */
export const CatalogueEnvironment = Type.Object({
  ICEBERG_CATALOG: Type.Union([Type.Literal('rest'), Type.Literal('jdbc'), Type.Literal('glue')], {
    default: 'rest',
    wiring: true,
    description:
      "Catalogue of the curated tables (docs/curated.md): rest (SeaweedFS's, natively), jdbc (PostgreSQL, in compose) or glue (AWS). The warehouse is where tables lie; empty, it is s3:// and the curated bucket.",
  }),
  ICEBERG_URI: Type.String({ default: 'http://127.0.0.1:8181', wiring: true }),
  ICEBERG_WAREHOUSE: Type.String({ default: '', wiring: true }),
  ICEBERG_JDBC_USER: Type.String({ default: '', wiring: true }),
  ICEBERG_JDBC_PASSWORD: Type.String({ default: '', secret: true }),
})

export const lake = {
  title: 'Object store',
  role: 'lake (S3)',
  entry: 'infra/seaweedfs',
  environment: Type.Object({
    S3_PORT: port(9000, { published: true }),
    S3_CONSOLE_PORT: port(9001, { published: true }),
    S3_MASTER_PORT: port(9333),
    S3_VOLUME_PORT: port(9340),
    S3_FILER_PORT: port(8888),
    S3_ICEBERG_PORT: port(8181),
  }),
  ports: {
    s3: 'S3_PORT',
    console: 'S3_CONSOLE_PORT',
    master: 'S3_MASTER_PORT',
    volume: 'S3_VOLUME_PORT',
    filer: 'S3_FILER_PORT',
    iceberg: 'S3_ICEBERG_PORT',
  },
  access: LakeEnvironment,
  addresses: ({ s3, iceberg }) => ({ S3_ENDPOINT: `http://${s3}`, ICEBERG_URI: `http://${iceberg}` }),
  needs: [],
  stops: 4,
  memory_mb: 420,
  compose: { service: 'minio' },
  aws: 'S3',
} as const satisfies Part
