import Activity from '@lucide/svelte/icons/activity'
import MailWarning from '@lucide/svelte/icons/mail-warning'
import Workflow from '@lucide/svelte/icons/workflow'

/** What the navigation shows, in this order. */
export const PAGES = [
  { path: '/', title: 'Live', icon: Activity },
  { path: '/pipeline', title: 'Pipeline', icon: Workflow },
  { path: '/dead-letters', title: 'Dead letters', icon: MailWarning },
] as const
