/** `npm run director`: datagen/director.ts with the twin of the running stack of --data. */
import { runCommand } from './command.ts'

await runCommand('datagen/director.ts', (args) => args.length > 0 && !args.includes('--help'))
