import { RetentionEnvironment } from '@shelfcast/contracts/retention'
import {
  OperationalEnvironment,
  ServiceEnvironment,
  WarehouseEnvironment,
} from '@shelfcast/runtime/environment'
import { Type } from 'typebox'
import type { OneShot } from './part.ts'

const { LOG_LEVEL } = ServiceEnvironment.properties

export const migrate = {
  title: 'Warehouse tables',
  entry: 'services/warehouse/migrate.ts',
  environment: Type.Object({
    LOG_LEVEL,
    ...WarehouseEnvironment.properties,
    ...RetentionEnvironment.properties,
  }),
  needs: ['warehouse'],
  of: ['warehouse'],
  compose: { service: 'migrate', environment: {} },
} as const satisfies OneShot

export const migrateOperational = {
  title: 'Operational tables',
  entry: 'services/operational/migrate.ts',
  environment: Type.Object({ LOG_LEVEL, ...OperationalEnvironment.properties }),
  needs: ['operational'],
  of: ['operational'],
  compose: { service: 'migrate-operational', environment: {} },
} as const satisfies OneShot
