/** What a person asks to be done with a model, what is said before it is confirmed, and its doing. */
import type { ModelName } from '@shelfcast/contracts/manifest'
import { models } from '#api/client.ts'

export interface Action {
  kind: 'promote' | 'force' | 'retire' | 'roll-back' | 'end-experiment'
  model: ModelName
  version?: string
}

/** @returns the question, what follows from a yes, and what its button says */
export function wordsOf({ kind, version }: Action): { title: string; text: string; confirm: string } {
  switch (kind) {
    case 'promote':
      return {
        title: `Promote ${version}?`,
        text: 'It becomes the champion: the next forecasts are made by it, without a failed request. The champion of now is retired and can be rolled back to.',
        confirm: 'Promote',
      }
    case 'force':
      return {
        title: `Promote ${version} although it lost the gate?`,
        text: 'It did worse in the backtest than the gate asks for. Forecasts may get worse; roll back brings the champion of now again.',
        confirm: 'Promote all the same',
      }
    case 'retire':
      return {
        title: `Retire ${version}?`,
        text: 'It is never rolled back to. Its figures stay.',
        confirm: 'Retire',
      }
    case 'roll-back':
      return {
        title: 'Roll back?',
        text: 'The champion of before serves again, from the next forecast on.',
        confirm: 'Roll back',
      }
    case 'end-experiment':
      return {
        title: 'End the experiment?',
        text: 'The champion serves every series again. What was measured stays in the history of the version.',
        confirm: 'End it',
      }
  }
}

export function perform({ kind, model, version = '' }: Action): Promise<unknown> {
  if (kind === 'roll-back') return models.rollBack(model)
  if (kind === 'retire') return models.retire(model, version)
  if (kind === 'end-experiment') return models.endExperiment(model)
  return models.promote(model, version, kind === 'force')
}
