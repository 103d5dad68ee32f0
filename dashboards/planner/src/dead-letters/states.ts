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
  open: { title: 'Open', tone: 'warn', meaning: 'not sent again' },
  replayed: { title: 'Replayed', tone: 'accent', meaning: 'sent again; on its way, or refused once more' },
  settled: { title: 'Settled', tone: 'good', meaning: 'a replay was accepted' },
}

export const OUTCOMES: Record<Attempt['outcome'], Omit<Look, 'meaning'>> = {
  waiting: { title: 'On its way', tone: 'neutral' },
  accepted: { title: 'Accepted', tone: 'good' },
  refused: { title: 'Refused', tone: 'bad' },
}
