/** Which version of each model serves, and how that changes. Every change is one transaction with its event. */
import type { ModelManifest, ModelName } from '@shelfcast/contracts/manifest'
import type { GateVerdict, ModelEvent, ModelState, ModelVersion } from '@shelfcast/contracts/models'
import { type Operational, one, type Queries } from './client.ts'
import { closeExperiment, createExperiments, type Experiments } from './experiments.ts'
import { lockVersions, RegistryRefusal, record, SERVING_EVENTS, type Versions } from './records.ts'

export { RegistryRefusal } from './records.ts'

export interface Registration {
  manifest: ModelManifest
  /** Folder of its files, as `saveBundle` answers it. */
  prefix: string
  /** Champion that it was trained to follow. */
  parent?: string | null
  /** Null where no gate was held. */
  gate?: GateVerdict | null
  note?: string
  /** A person, or the job that does it. */
  actor: string
}

export interface Registry extends Experiments {
  /**
   * A new version begins as a challenger. The same manifest again changes nothing.
   * @throws when the version has another manifest already
   */
  register(registration: Registration): Promise<ModelVersion>
  /**
   * Makes it the champion, and the champion of before retired; an experiment that is under way ends. The champion again
   * changes nothing.
   * @throws where the version lost the gate, unless it is forced
   */
  promote(model: ModelName, version: string, how: { actor: string; force?: boolean }): Promise<ModelVersion>
  /** Back to the champion of before. @throws when there was none */
  rollBack(model: ModelName, how: { actor: string }): Promise<ModelVersion>
  /** It is never rolled back to. @throws for a champion */
  retire(model: ModelName, version: string, how: { actor: string }): Promise<ModelVersion>
  champion(model: ModelName): Promise<ModelVersion | undefined>
  version(model: ModelName, version: string): Promise<ModelVersion | undefined>
  /** Newest first. */
  versions(model?: ModelName): Promise<ModelVersion[]>
  /** Number of the newest event that says who serves or who is on trial; 0 when there was none. */
  turn(model: ModelName): Promise<number>
  /** Newest first. */
  events(model: ModelName, limit?: number): Promise<ModelEvent[]>
}

export function createRegistry(operational: Operational): Registry {
  const read = (where: string, values: unknown[]) =>
    operational.query<ModelVersion>(
      `select * from model_versions ${where} order by registered_at desc, version desc`,
      values,
    )

  return {
    ...createExperiments(operational),
    register: (registration) => operational.transaction((inside) => register(inside, registration)),

    promote: (model, version, { actor, force = false }) =>
      operational.transaction(async (inside) => {
        const versions = await lockVersions(inside, model)
        const { state, gate } = versions.get(version)
        if (state === 'champion') return versionOf(inside, model, version)
        const lost = gate?.passed === false
        if (lost && !force)
          throw new RegistryRefusal(
            'gate_lost',
            `Version ${version} of ${model} lost the promotion gate: ${failedChecks(gate)}. Train a better one, or force it.`,
          )
        const replaced = await crown(inside, versions, { model, version, actor })
        await record(inside, {
          model,
          version,
          event: 'promoted',
          actor,
          detail: { replaced, forced: lost },
        })
        return versionOf(inside, model, version)
      }),

    rollBack: (model, { actor }) =>
      operational.transaction(async (inside) => {
        const versions = await lockVersions(inside, model)
        const version = await championBefore(inside, model)
        if (version === undefined)
          throw new RegistryRefusal(
            'no_champion_before',
            `No version of ${model} served before ${versions.champion() ?? 'now'}. Promote another instead.`,
          )
        const replaced = await crown(inside, versions, { model, version, actor })
        await record(inside, { model, version, event: 'rolled_back', actor, detail: { replaced } })
        return versionOf(inside, model, version)
      }),

    retire: (model, version, { actor }) =>
      operational.transaction(async (inside) => {
        const versions = await lockVersions(inside, model)
        if (versions.get(version).state === 'champion')
          throw new RegistryRefusal(
            'is_champion',
            `Version ${version} of ${model} serves. Promote another first, or roll back.`,
          )
        const [last] = await inside.query<Pick<ModelEvent, 'event'>>(
          `select event from model_events
          where model = $1 and version = $2 and event in ('promoted', 'rolled_back', 'retired')
          order by id desc
          limit 1`,
          [model, version],
        )
        if (last?.event !== 'retired') {
          await closeExperiment(inside, {
            model,
            challenger: version,
            actor,
            outcome: { because: 'retired' },
          })
          await setState(inside, model, version, 'retired')
          await record(inside, { model, version, event: 'retired', actor })
        }
        return versionOf(inside, model, version)
      }),

    champion: async (model) => (await read("where model = $1 and state = 'champion'", [model]))[0],
    version: async (model, version) => (await read('where model = $1 and version = $2', [model, version]))[0],
    versions: (model) => read('where $1::text is null or model = $1', [model ?? null]),
    async turn(model) {
      const [row] = await operational.query<{ turn: number }>(
        'select coalesce(max(id), 0)::int as turn from model_events where model = $1 and event = any($2)',
        [model, SERVING_EVENTS],
      )
      return row!.turn
    },
    events: (model, limit = 100) =>
      operational.query<ModelEvent>('select * from model_events where model = $1 order by id desc limit $2', [
        model,
        limit,
      ]),
  }
}

async function register(inside: Queries, registration: Registration): Promise<ModelVersion> {
  const { manifest, prefix, parent = null, gate = null, note = '', actor } = registration
  const { model, version } = manifest
  const rows = await inside.query(
    `insert into model_versions (model, version, created_at, manifest, prefix, parent, feature_hash, code_version,
        window_from, window_to, gate, note)
    values ($1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9, $10, $11::jsonb, $12)
    on conflict (model, version) do nothing
    returning version`,
    [
      model,
      version,
      manifest.created_at,
      JSON.stringify(manifest),
      prefix,
      parent,
      manifest.feature_hash,
      manifest.code_version,
      manifest.window.from,
      manifest.window.to,
      gate && JSON.stringify(gate),
      note,
    ],
  )
  if (rows.length === 0) {
    const same = await inside.query(
      'select from model_versions where model = $1 and version = $2 and manifest = $3::jsonb',
      [model, version, JSON.stringify(manifest)],
    )
    if (same.length === 0)
      throw new RegistryRefusal(
        'version_taken',
        `Version ${version} of ${model} is registered with another manifest. Give the new one a version of its own.`,
      )
    return versionOf(inside, model, version)
  }
  await record(inside, { model, version, event: 'registered', actor })
  if (gate?.passed === false) {
    const failed = gate.checks.filter(({ passed }) => !passed)
    await record(inside, { model, version, event: 'refused', actor, detail: { failed } })
  }
  return versionOf(inside, model, version)
}

/** @returns the version that served until now, or null */
async function crown(
  inside: Queries,
  versions: Versions,
  { model, version, actor }: { model: ModelName; version: string; actor: string },
): Promise<string | null> {
  const predecessor = versions.champion()
  // What it was compared with is no longer what serves.
  await closeExperiment(inside, { model, actor, outcome: { because: 'another champion', champion: version } })
  if (predecessor !== undefined) await setState(inside, model, predecessor, 'retired')
  await setState(inside, model, version, 'champion')
  return predecessor ?? null
}

/**
 * Promotions are a pile, of which a rollback takes the uppermost away; so a second one goes back further.
 * Versions that were retired by themselves are not gone back to.
 */
async function championBefore(inside: Queries, model: ModelName): Promise<string | undefined> {
  const events = await inside.query<Pick<ModelEvent, 'version' | 'event'>>(
    `select version, event from model_events
    where model = $1 and event in ('promoted', 'rolled_back', 'retired')
    order by id`,
    [model],
  )
  let pile: string[] = []
  for (const { version, event } of events) {
    if (event === 'promoted') pile.push(version)
    else if (event === 'rolled_back') pile.length = pile.lastIndexOf(version) + 1
    else pile = pile.filter((each) => each !== version)
  }
  const serving = pile.at(-1)
  return pile.findLast((version) => version !== serving)
}

async function setState(inside: Queries, model: ModelName, version: string, state: ModelState) {
  await inside.query('update model_versions set state = $3 where model = $1 and version = $2', [
    model,
    version,
    state,
  ])
}

async function versionOf(inside: Queries, model: ModelName, version: string): Promise<ModelVersion> {
  return one(
    await inside.query<ModelVersion>('select * from model_versions where model = $1 and version = $2', [
      model,
      version,
    ]),
  )
}

function failedChecks(gate: GateVerdict): string {
  const failed = gate.checks.filter(({ passed }) => !passed)
  return failed.map(({ check, found }) => `${check} (${found})`).join(', ')
}
