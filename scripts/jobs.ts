/** `npm run jobs`: services/jobs/run.ts against the running stack of --data. */
import { runJob } from '@shelfcast/platform/commands/jobs'

await runJob()
