import { RetentionEnvironment } from '@shelfcast/contracts/retention'
import { KafkaEnvironment, LakeEnvironment, ServiceEnvironment } from '@shelfcast/runtime/environment'
import { Type } from 'typebox'
import type { OneShot } from './part.ts'

const { LOG_LEVEL } = ServiceEnvironment.properties

export const provision = {
  title: 'Topics and buckets',
  entry: 'platform/setup/provision.ts',
  environment: Type.Object({
    LOG_LEVEL,
    ...KafkaEnvironment.properties,
    ...LakeEnvironment.properties,
    ...RetentionEnvironment.properties,
  }),
  needs: ['kafka', 'lake'],
  of: ['kafka', 'lake'],
  compose: { service: 'provision', environment: {} },
} as const satisfies OneShot
