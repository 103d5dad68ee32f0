/** What answers are made from: features of an origin, the models that are ready for them, and a baseline where none is. */
import { type Baseline, LAST_RESORT } from '@shelfcast/contracts/training'
import { whyBaseline } from '@shelfcast/contracts/words'
import { type FeatureRows, inputMatrix } from '../features/rows.ts'
import { baselineOf } from './baseline.ts'
import { type Bundle, nameOf } from './bundle.ts'
import { reconciliationFactors, scoringRows } from './forecast.ts'
import { type Experiment, isChallenged, type ModelVersion } from './source.ts'

/** A model with what it needs to forecast any row of the features at once. */
export interface ReadyModel {
  bundle: Bundle
  /** Its inputs of all rows. */
  matrix: Float32Array
  /** By row: what reconciliation multiplies by. */
  factors: Float32Array
}

/** Never changed, only replaced. */
export interface Serving {
  features: FeatureRows | undefined
  champion: ReadyModel | undefined
  experiment: (Omit<Experiment, 'challenger'> & { challenger: ReadyModel }) | undefined
  /** Serves where the champion does not. */
  baseline: Baseline
  /** Why the baseline serves; undefined where the champion does. */
  because: string | undefined
  /** Why the challenger is not tried. */
  challengerTrouble: string | undefined
}

/** What the registry names. */
export interface Named {
  champion: ModelVersion | undefined
  experiment: Experiment | undefined
  challenger: ModelVersion | undefined
}

/**
 * @param before what served until now: what is the same is kept
 * @param hold loads a bundle, or throws why it is not trusted
 * @param trouble why the registry names nothing, where it could not be asked
 */
export async function makeServing(
  features: FeatureRows | undefined,
  { champion, experiment, challenger }: Named,
  options: {
    previous: Serving | undefined
    hold: (version: ModelVersion) => Promise<Bundle>
    trouble: string | undefined
  },
): Promise<Serving> {
  const { previous, hold } = options
  const ready = async (version: ModelVersion | undefined, servingModel: ReadyModel | undefined) => {
    if (!version || !features) return {}
    try {
      const bundle = await hold(version)
      if (servingModel?.bundle === bundle && previous?.features === features) return { model: servingModel }
      const matrix = inputMatrix(features, bundle.manifest.inputs, nameOf(bundle.manifest))
      const factors = await reconciliationFactors(bundle, scoringRows(features, matrix))
      return { model: { bundle, matrix, factors } }
    } catch (error) {
      return { trouble: messageOf(error) }
    }
  }
  const first = await ready(champion, previous?.champion)
  const second = await ready(challenger, previous?.experiment?.challenger)
  const baseline = champion ? baselineOf(champion.manifest) : LAST_RESORT
  return {
    features,
    champion: first.model,
    experiment: experiment && second.model && { ...experiment, challenger: second.model },
    baseline,
    because: first.model ? undefined : whyBaseline(first.trouble ?? options.trouble, baseline),
    challengerTrouble: second.trouble,
  }
}

/** The same without the model that may have failed at its work, the challenger first; undefined where none is left. */
export function withoutModel(serving: Serving, error: unknown): Serving | undefined {
  if (serving.experiment) return { ...serving, experiment: undefined, challengerTrouble: messageOf(error) }
  if (!serving.champion) return undefined
  return { ...serving, champion: undefined, because: whyBaseline(messageOf(error), serving.baseline) }
}

/** The model that serves a series; undefined: the baseline. */
export function modelOf({ champion, experiment }: Serving, series: string): ReadyModel | undefined {
  const version = experiment?.challenger.bundle.manifest.version
  return experiment && version && isChallenged(experiment, version, series) ? experiment.challenger : champion
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error)
}
