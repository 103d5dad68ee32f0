/** Command: years of a retailer's daily sales as Parquet. See docs/twin.md. */
import { runCommand } from '@shelfcast/runtime/command'
import { historyCommand } from './history/arguments.ts'
import { runHistory } from './history/run.ts'

await runCommand(historyCommand(runHistory))
