import {
  LakeEnvironment,
  OperationalEnvironment,
  port,
  ServiceEnvironment,
  WarehouseEnvironment,
} from '@shelfcast/runtime/environment'
import { Type } from 'typebox'
import type { Part } from './part.ts'

export const InferenceAccess = Type.Object({
  /** Empty: reasons are those that are stored. */
  INFERENCE_URL: Type.String({ default: '', wiring: true }),
})

export const inference = {
  title: 'Inference',
  role: 'forecasts with reasons, ONNX Runtime',
  entry: 'services/inference/main.ts',
  environment: Type.Object({
    ...ServiceEnvironment.properties,
    ...LakeEnvironment.properties,
    ...WarehouseEnvironment.properties,
    ...OperationalEnvironment.properties,
    INFERENCE_PORT: port(8086),
  }),
  ports: { http: 'INFERENCE_PORT' },
  access: InferenceAccess,
  addresses: ({ http }) => ({ INFERENCE_URL: `http://${http}` }),
  needs: ['provision', 'migrate', 'migrate-operational'],
  stops: 2,
  memory_mb: 260,
  compose: { service: 'inference', profile: 'models', environment: {} },
  aws: 'SageMaker endpoint, or Lambda + API Gateway',
} as const satisfies Part
