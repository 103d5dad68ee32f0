/** Challengers beside the champion: at most one experiment of a model is under way. */
import type { ModelName } from '@shelfcast/contracts/manifest'
import type { Experiment } from '@shelfcast/contracts/models'
import { type Operational, one, type Queries } from './client.ts'
import { lockVersions, RegistryRefusal, record } from './records.ts'

export interface Experiments {
  /** The one that is under way. */
  experiment(model: ModelName): Promise<Experiment | undefined>
  /** Newest first. */
  experiments(model: ModelName, limit?: number): Promise<Experiment[]>
  startExperiment(experiment: {
    model: ModelName
    challenger: string
    mode: 'shadow' | 'ab'
    /** Of the series, above 0 and up to 1; of no use to a shadow. */
    share?: number
    actor: string
  }): Promise<Experiment>
  /** @throws when none is under way */
  endExperiment(
    model: ModelName,
    how: { actor: string; outcome?: Record<string, unknown> },
  ): Promise<Experiment>
}

export function createExperiments(operational: Operational): Experiments {
  const open = async (queries: Queries, model: ModelName) =>
    (
      await queries.query<Experiment>('select * from experiments where model = $1 and ended_at is null', [
        model,
      ])
    )[0]

  return {
    experiment: (model) => open(operational, model),
    experiments: (model, limit = 50) =>
      operational.query<Experiment>('select * from experiments where model = $1 order by id desc limit $2', [
        model,
        limit,
      ]),

    startExperiment: ({ model, challenger, mode, share = 1, actor }) =>
      operational.transaction(async (inside) => {
        const versions = await lockVersions(inside, model)
        if (versions.get(challenger).state === 'champion')
          throw new RegistryRefusal(
            'is_champion',
            `Version ${challenger} of ${model} serves already. Try another version beside it.`,
          )
        if (mode === 'ab' && !(share > 0 && share <= 1))
          throw new RegistryRefusal(
            'bad_share',
            `A share of ${share} of the series cannot be served. Give one above 0 and up to 1.`,
          )
        const openExperiment = await open(inside, model)
        if (openExperiment)
          throw new RegistryRefusal(
            'experiment_open',
            `Version ${openExperiment.challenger} of ${model} is being tried already (${openExperiment.mode}). End that first.`,
          )
        const experiment = one(
          await inside.query<Experiment>(
            'insert into experiments (model, challenger, mode, share) values ($1, $2, $3, $4) returning *',
            [model, challenger, mode, mode === 'shadow' ? 1 : share],
          ),
        )
        await record(inside, {
          model,
          version: challenger,
          actor,
          event: mode === 'shadow' ? 'shadow_started' : 'ab_started',
          detail: {
            experiment: experiment.id,
            share: experiment.share,
            champion: versions.champion() ?? null,
          },
        })
        return experiment
      }),

    endExperiment: (model, { actor, outcome = {} }) =>
      operational.transaction(async (inside) => {
        await lockVersions(inside, model)
        const experiment = await closeExperiment(inside, { model, actor, outcome })
        if (!experiment)
          throw new RegistryRefusal('no_experiment', `No challenger of ${model} is being tried.`)
        return experiment
      }),
  }
}

/** Ends the one that is under way, if there is one, or if it is of this challenger. */
export async function closeExperiment(
  inside: Queries,
  how: { model: ModelName; challenger?: string; actor: string; outcome: Record<string, unknown> },
): Promise<Experiment | undefined> {
  const [experiment] = await inside.query<Experiment>(
    `update experiments set ended_at = now(), outcome = $3::jsonb
    where model = $1 and ended_at is null and ($2::text is null or challenger = $2)
    returning *`,
    [how.model, how.challenger ?? null, JSON.stringify(how.outcome)],
  )
  if (!experiment) return undefined
  await record(inside, {
    model: how.model,
    version: experiment.challenger,
    actor: how.actor,
    event: 'experiment_ended',
    detail: { experiment: experiment.id, outcome: how.outcome },
  })
  return experiment
}
