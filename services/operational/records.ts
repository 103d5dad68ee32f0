/** What registry and experiments share: the versions of a model, locked, and its events. */
import type { ModelName } from '@shelfcast/contracts/manifest'
import type { GateVerdict, ModelEvent, ModelState } from '@shelfcast/contracts/models'
import type { Queries } from './client.ts'
import { requestRun } from './run-requests.ts'

/** What the registry does not do, with a code for those who answer it to others. */
export class RegistryRefusal extends Error {
  override name = 'RegistryRefusal'
  readonly code:
    | 'unknown_version'
    | 'version_taken'
    | 'gate_lost'
    | 'is_champion'
    | 'no_champion_before'
    | 'experiment_open'
    | 'no_experiment'
    | 'bad_share'

  constructor(code: RegistryRefusal['code'], message: string) {
    super(message)
    this.code = code
  }
}

export interface Versions {
  champion(): string | undefined
  /** @throws when there is no such version */
  get(version: string): { state: ModelState; gate: GateVerdict | null }
}

/** Of two who change the same model, one waits here until the other has done. */
export async function lockVersions(inside: Queries, model: ModelName): Promise<Versions> {
  const rows = await inside.query<{ version: string; state: ModelState; gate: GateVerdict | null }>(
    'select version, state, gate from model_versions where model = $1 order by version for update',
    [model],
  )
  return {
    champion: () => rows.find(({ state }) => state === 'champion')?.version,
    get(version) {
      const record = rows.find((row) => row.version === version)
      if (record) return record
      const names = rows.map((row) => row.version).join(', ') || 'none'
      throw new RegistryRefusal(
        'unknown_version',
        `There is no version ${version} of ${model}. Registered: ${names}.`,
      )
    },
  }
}

/** Those after which forecasts come from others than before. */
export const SERVING_EVENTS: readonly ModelEvent['event'][] = [
  'promoted',
  'rolled_back',
  'shadow_started',
  'ab_started',
  'experiment_ended',
]

/** Keeps an event; where it says who serves from now on, forecasts by that are asked for with it. */
export async function record(
  inside: Queries,
  event: Pick<ModelEvent, 'model' | 'version' | 'event' | 'actor'> & { detail?: ModelEvent['detail'] },
): Promise<void> {
  await inside.query(
    'insert into model_events (model, version, event, actor, detail) values ($1, $2, $3, $4, $5::jsonb)',
    [event.model, event.version, event.event, event.actor, JSON.stringify(event.detail ?? {})],
  )
  if (event.model === 'demand' && SERVING_EVENTS.includes(event.event))
    await requestRun(inside, {
      job: 'score',
      requested_by: event.actor,
      reason: `${event.version}: ${event.event.replace('_', ' ')}`,
    })
}
