/** `npm run director`: datagen/director.ts with the twin of the running stack of --data. */
import { runProgram } from '@shelfcast/platform/commands/programs'

await runProgram('datagen/director.ts', (args) => args.length > 0 && !args.includes('--help'))
