/** How routes name the schemas of services/contracts/api.ts, so that OpenAPI has each once, under its name. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import {
  ErrorAnswer,
  Health,
  LatestBaskets,
  LiveState,
  PipelineState,
  SalesByStoreHour,
  TwinState,
} from '@shelfcast/contracts/api'
import {
  DeadLetterDetail,
  DeadLetterList,
  ReplayAnswer,
  ReplayOutcomes,
  ReplayRequest,
} from '@shelfcast/contracts/dead-letters'
import { ErpWebhookAnswer } from '@shelfcast/contracts/erp'
import { ForecastList, ForecastSeries } from '@shelfcast/contracts/forecasts'
import { WhatIfAnswer } from '@shelfcast/contracts/inference'
import { LotsAtRisk, TransferList } from '@shelfcast/contracts/lots'
import { ExperimentAnswer, ModelsState, RunsState, VersionAnswer } from '@shelfcast/contracts/model-answers'
import {
  ApprovalsAnswer,
  OrderAnswer,
  OrderDetail,
  OrderList,
  OrderRefused,
} from '@shelfcast/contracts/order-requests'
import { OverrideAnswer, OverrideDetail, OverrideList, OverrideValues } from '@shelfcast/contracts/overrides'
import { SettingsAnswer } from '@shelfcast/contracts/planning'
import { PlanList, PlannedLineList } from '@shelfcast/contracts/plans'
import { ReceiptAnswer } from '@shelfcast/contracts/receipts'
import { RunAnswer, RunDetail, RunList } from '@shelfcast/contracts/runs'
import { PromotedOrders, ScenarioAnswer } from '@shelfcast/contracts/scenarios'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import { type Static, type TSchema, Type } from 'typebox'

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

export const NAMED_SCHEMAS = [
  ApprovalsAnswer,
  DeadLetterDetail,
  DeadLetterList,
  ErpWebhookAnswer,
  ErrorAnswer,
  ExperimentAnswer,
  ForecastList,
  ForecastSeries,
  Health,
  LatestBaskets,
  LiveState,
  LotsAtRisk,
  ModelsState,
  OverrideAnswer,
  OverrideDetail,
  OverrideList,
  OverrideValues,
  PipelineState,
  PromotedOrders,
  PlanList,
  PlannedLineList,
  ReceiptAnswer,
  ReplayAnswer,
  ReplayOutcomes,
  ReplayRequest,
  OrderAnswer,
  OrderDetail,
  OrderList,
  OrderRefused,
  RunAnswer,
  RunDetail,
  RunList,
  RunsState,
  SalesByStoreHour,
  ScenarioAnswer,
  SettingsAnswer,
  TransferList,
  TwinState,
  VersionAnswer,
  WhatIfAnswer,
]

/** A response that is one of the named schemas. */
export function named<T extends TSchema>(schema: T, description: string) {
  const name = '$id' in schema ? schema.$id : undefined
  return Type.Unsafe<Static<T>>({ $ref: `${name}#`, description })
}

export const REFUSED = named(ErrorAnswer, 'the request cannot be answered as it is')
/** Of every route with a body. */
export const BODY_REFUSED = {
  413: named(ErrorAnswer, 'the body is larger than is taken here'),
  415: named(ErrorAnswer, 'the body is not JSON by its content type'),
}
export const UNAVAILABLE = named(ErrorAnswer, 'the warehouse does not answer')
