import Activity from '@lucide/svelte/icons/activity'
import BrainCircuit from '@lucide/svelte/icons/brain-circuit'
import ChartSpline from '@lucide/svelte/icons/chart-spline'
import MailWarning from '@lucide/svelte/icons/mail-warning'
import Workflow from '@lucide/svelte/icons/workflow'

/** What the navigation shows, in this order. */
export const PAGES = [
  { path: '/', title: 'Live', icon: Activity },
  { path: '/forecasts', title: 'Forecasts', icon: ChartSpline },
  { path: '/models', title: 'Models', icon: BrainCircuit },
  { path: '/pipeline', title: 'Pipeline', icon: Workflow },
  { path: '/dead-letters', title: 'Dead letters', icon: MailWarning },
] as const
