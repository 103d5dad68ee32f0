/** Which version of each model serves, how it does, and what a person does about it. */
import { ErrorAnswer } from '@shelfcast/contracts/api'
import { ModelName, VersionName } from '@shelfcast/contracts/manifest'
import {
  ExperimentAnswer,
  ExperimentRequest,
  ModelsState,
  PromoteRequest,
  RunsState,
  VersionAnswer,
} from '@shelfcast/contracts/model-answers'
import { STRICT } from '@shelfcast/contracts/outside'
import type { Operational } from '@shelfcast/operational/client'
import { createRegistry } from '@shelfcast/operational/registry'
import { Type } from 'typebox'
import { told } from '../http/refusals.ts'
import { type App, BODY_REFUSED, named, REFUSED } from '../http/schemas.ts'
import { type Models, summaryOf } from './state.ts'

const TAGS = ['models']
/** Nobody signs in yet. */
const ACTOR = 'dashboard'

const OfModel = Type.Object({ model: ModelName }, STRICT)
const OfVersion = Type.Object({ model: ModelName, version: VersionName }, STRICT)
const Nothing = Type.Object({}, STRICT)
const STORE_AWAY = named(ErrorAnswer, 'the operational store does not answer')
const REFUSALS = {
  400: REFUSED,
  ...BODY_REFUSED,
  404: named(ErrorAnswer, 'there is no such version'),
  409: named(ErrorAnswer, 'the registry does not do that; the code says why'),
  503: STORE_AWAY,
}

export function modelRoutes(app: App, options: { models: Models; operational: Operational }) {
  const { models, operational } = options
  const registry = createRegistry(operational)

  app.get(
    '/api/v1/models',
    {
      schema: {
        summary: 'Models: versions, how they do, drift and alerts',
        tags: TAGS,
        response: {
          200: named(ModelsState, 'as of now'),
          503: named(ErrorAnswer, 'the warehouse or the operational store does not answer'),
        },
      },
    },
    () => models.state(),
  )

  app.get(
    '/api/v1/models/runs',
    {
      schema: {
        summary: 'Trainings, features and forecasts that are queued and under way, and which versions serve',
        tags: TAGS,
        response: { 200: named(RunsState, 'as of now'), 503: STORE_AWAY },
      },
    },
    () => models.runs(),
  )

  app.post(
    '/api/v1/models/:model/versions/:version/promote',
    {
      schema: {
        summary: 'Make a version the champion',
        description: 'One that lost the gate only with `force`.',
        tags: TAGS,
        params: OfVersion,
        body: PromoteRequest,
        response: { 200: named(VersionAnswer, 'the champion'), ...REFUSALS },
      },
    },
    async ({ params: { model, version }, body: { force = false } }) =>
      summaryOf(await told(registry.promote(model, version, { actor: ACTOR, force }))),
  )

  app.post(
    '/api/v1/models/:model/versions/:version/retire',
    {
      schema: {
        summary: 'Retire a version',
        description: 'It is never rolled back to. A champion cannot be.',
        tags: TAGS,
        params: OfVersion,
        body: Nothing,
        response: { 200: named(VersionAnswer, 'the version'), ...REFUSALS },
      },
    },
    async ({ params: { model, version } }) =>
      summaryOf(await told(registry.retire(model, version, { actor: ACTOR }))),
  )

  app.post(
    '/api/v1/models/:model/roll-back',
    {
      schema: {
        summary: 'Back to the champion of before',
        tags: TAGS,
        params: OfModel,
        body: Nothing,
        response: { 200: named(VersionAnswer, 'the champion'), ...REFUSALS },
      },
    },
    async ({ params: { model } }) => summaryOf(await told(registry.rollBack(model, { actor: ACTOR }))),
  )

  app.post(
    '/api/v1/models/:model/experiment',
    {
      schema: {
        summary: 'Try a challenger beside the champion',
        tags: TAGS,
        params: OfModel,
        body: ExperimentRequest,
        response: { 200: named(ExperimentAnswer, 'the experiment'), ...REFUSALS },
      },
    },
    ({ params: { model }, body }) => told(registry.startExperiment({ model, ...body, actor: ACTOR })),
  )

  app.delete(
    '/api/v1/models/:model/experiment',
    {
      schema: {
        summary: 'End the experiment',
        tags: TAGS,
        params: OfModel,
        body: Nothing,
        response: { 200: named(ExperimentAnswer, 'the experiment'), ...REFUSALS },
      },
    },
    ({ params: { model } }) => told(registry.endExperiment(model, { actor: ACTOR })),
  )
}
