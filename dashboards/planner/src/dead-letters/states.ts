/** How states and outcomes are called and coloured. */
import type { Attempt, DeadLetterState } from '@shelfcast/contracts/dead-letters'
import type { Tone } from '#ui/tones.ts'

interface Look {
  title: string
  tone: Tone
  /** What it means, for who points at it. */
  meaning: string
}

export const STATES: Record<DeadLetterState, Look> = {
  open: { title: 'Open', tone: 'warn', meaning: 'somebody has to act' },
  replayed: { title: 'Replayed', tone: 'accent', meaning: 'sent again; on its way, or refused once more' },
  accepted: { title: 'Accepted', tone: 'good', meaning: 'a replay was accepted' },
  settled: { title: 'Settled by rule', tone: 'neutral', meaning: 'nobody has to act' },
}

export const OUTCOMES: Record<Attempt['outcome'], Omit<Look, 'meaning'>> = {
  waiting: { title: 'On its way', tone: 'neutral' },
  accepted: { title: 'Accepted', tone: 'good' },
  refused: { title: 'Refused', tone: 'bad' },
}
