/** What a person asks to be done with a model, before it is confirmed. */
import type { ModelName } from '@shelfcast/contracts/manifest'

export interface Action {
  kind: 'promote' | 'force' | 'retire' | 'roll-back' | 'end-experiment'
  model: ModelName
  version?: string
}
