import { BASELINES } from '@shelfcast/contracts/training'

const TITLES: Record<string, { title: string }> = BASELINES

/** Of a baseline by its name, inside a sentence, as `the mean of 28 days`; a name that is none's as it is. */
export const baselineTitle = (name: string): string => TITLES[name]?.title ?? name.replaceAll('_', ' ')
