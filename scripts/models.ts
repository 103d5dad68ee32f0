/** `npm run models`: the training package's command line. */
import { runModels } from '@shelfcast/platform/commands/models'

await runModels()
