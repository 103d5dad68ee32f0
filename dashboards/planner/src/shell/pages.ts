import Activity from '@lucide/svelte/icons/activity'
import Workflow from '@lucide/svelte/icons/workflow'

/** What the navigation shows, in this order. */
export const PAGES = [
  { path: '/', title: 'Live', icon: Activity },
  { path: '/pipeline', title: 'Pipeline', icon: Workflow },
] as const
