/** `npm run director`: datagen/director.ts with the twin of the running stack of --data. */
import { runCommand } from '@shelfcast/platform/commands/command'

await runCommand('datagen/director.ts', (args) => args.length > 0 && !args.includes('--help'))
